import { Ban, Mail, MessageSquare, Phone } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, ChangeForm, Confirm, Dialog, Empty, Facts, Note, Page, PagedTable, SelectField, TextArea,
  TextField, Time, useToast,
} from "../../ui";
import { Reason } from "../calls/decisions";
import { Merged } from "./duplicates";
import { nameOf } from "./names";

type ContactView = Answer<"/api/v1/contacts/{contact_id}">;
const PATH = "/api/v1/contacts/{contact_id}";

export default function Contact() {
  const { t } = useWords();
  const { may } = useSession();
  const { contactId = "" } = useParams();
  const contact = useGet(PATH, { path: { contact_id: contactId } });
  return (
    <Await query={contact}>
      {(found) => (
        <Page
          title={nameOf(found, t("contacts.nameless"))}
          from={[t("nav.contacts"), "/contacts"]}
          actions={
            may("contacts:write") && (
              <>
                <Edit contact={found} />
                <Export contact={found} />
                <Erase contact={found} />
              </>
            )
          }
        >
          {found.contact_id !== contactId && <Merged id={contactId} />}
          {found.opted_out && <Note tone="warn">{t("contacts.opted_out_text")}</Note>}
          <div className="columns">
            <Card title={t("contacts.person")}>
              <Person contact={found} />
            </Card>
            {found.to !== null && may("contactability:read") && <MayBeContacted to={found.to} />}
          </div>
          <h2>{t("contacts.history")}</h2>
          <History id={found.contact_id} />
        </Page>
      )}
    </Await>
  );
}

function Person({ contact }: { contact: ContactView }) {
  const { t } = useWords();
  const place = [contact.street, [contact.postcode, contact.city].filter(Boolean).join(" "), contact.region, contact.country];
  return (
    <Facts
      of={[
        ...contact.numbers.map(
          (number) =>
            [
              number.label ?? t(`contacts.type_${number.type as "mobile"}`),
              <span key={number.number} className="row">
                {number.number}
                {number.primary && contact.numbers.length > 1 && <Badge>{t("contacts.primary")}</Badge>}
                {number.opted_out.length > 0 && (
                  <Badge tone="bad">
                    <Ban size={14} aria-hidden="true" /> {number.opted_out.join(", ")}
                  </Badge>
                )}
              </span>,
            ] as const,
        ),
        ...contact.emails.map((email) => [t("common.email"), email.address] as const),
        [t("contacts.company"), contact.company ?? undefined],
        [t("contacts.address"), place.filter(Boolean).join(", ") || undefined],
        [t("contacts.language"), contact.language ?? undefined],
        [t("contacts.time_zone"), contact.time_zone ?? undefined],
        [t("contacts.external_id"), contact.external_id ?? undefined],
        [
          t("contacts.tags"),
          contact.tags.length === 0 ? undefined : (
            <span key="tags" className="row">
              {contact.tags.map((tag) => (
                <Badge key={tag}>{tag}</Badge>
              ))}
            </span>
          ),
        ],
        ...Object.entries(contact.fields).map(([name, value]) => [name, String(value)] as const),
        [t("common.created"), <Time key="created" at={contact.created_at} />],
      ]}
    />
  );
}

const ICONS: Record<string, typeof Phone> = { call: Phone, sms: MessageSquare, email: Mail };
const PAGES: Record<string, string> = { call: "/calls", sms: "/messages/texts", email: "/messages/emails" };
/** Where the words for a status stand, by what it is the status of. */
const STATUS: Record<string, readonly string[]> = {
  call: ["outcome.", "state."],
  sms: ["messages.state_"],
  email: ["messages.state_"],
  consent: ["consents.state_"],
  suppression: ["suppressions.scope_"],
  verification: ["verifications.state_"],
  campaign: ["campaigns.person_", "outcome."],
};

function History({ id }: { id: string }) {
  const { t, maybe } = useWords();
  const history = usePages("/api/v1/contacts/{contact_id}/history", "history", { path: { contact_id: id } });
  return (
    <PagedTable
      label={t("contacts.history")}
      pages={history}
      id={(entry) => `${entry.kind} ${entry.id} ${entry.at}`}
      columns={[
        {
          head: t("contacts.what"),
          cell: (entry) => {
            const Icon = ICONS[entry.kind];
            const label = maybe(`history.${entry.kind}`, entry.kind);
            return (
              <span className="row">
                {Icon !== undefined && <Icon size={16} aria-hidden="true" />}
                {PAGES[entry.kind] === undefined ? label : <Link to={`${PAGES[entry.kind]}/${entry.id}`}>{label}</Link>}
              </span>
            );
          },
        },
        { head: t("common.status"), cell: (entry) => (STATUS[entry.kind] ?? []).reduceRight((found, area) => maybe(area + entry.status, found), entry.status) },
        { head: t("contacts.address_used"), cell: (entry) => entry.address },
        { head: t("calls.when"), cell: (entry) => <Time at={entry.at} /> },
      ]}
      empty={<Empty title={t("contacts.history_empty")}>{t("contacts.history_empty_text")}</Empty>}
    />
  );
}

function MayBeContacted({ to }: { to: string }) {
  const { t } = useWords();
  const [purpose, setPurpose] = useState("transactional");
  const answer = useGet("/api/v1/contactability", { query: { to, channel: "call", purpose } });
  return (
    <Card title={t("calls.decisions")}>
      <SelectField
        label={t("contacts.purpose")}
        value={purpose}
        onChange={(event) => setPurpose(event.target.value)}
        options={[
          ["transactional", t("purpose.transactional")],
          ["marketing", t("purpose.marketing")],
          ["emergency", t("purpose.emergency")],
        ]}
      />
      <Await query={answer}>
        {(found) => (
          <Note tone={found.verdict === "allowed" ? "good" : "warn"}>
            <strong>{found.verdict === "allowed" ? t("contacts.may_now") : t("contacts.may_not")}</strong>
            <Reason rule={found.rule} reason={found.reason} />
          </Note>
        )}
      </Await>
    </Card>
  );
}

function Edit({ contact }: { contact: ContactView }) {
  const { t } = useWords();
  return (
    <Dialog title={t("contacts.edit")} trigger={<Button>{t("common.edit")}</Button>}>
      {(close) => <EditForm contact={contact} onDone={close} />}
    </Dialog>
  );
}

const TEXTS = ["title", "first_name", "last_name", "company", "street", "postcode", "city", "language", "time_zone", "external_id"] as const;

function EditForm(props: { contact: ContactView; onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const { contact } = props;
  const [texts, setTexts] = useState(() => Object.fromEntries(TEXTS.map((name) => [name, contact[name] ?? ""])));
  const [numbers, setNumbers] = useState(contact.numbers.map((each) => each.number).join("\n"));
  const [emails, setEmails] = useState(contact.emails.map((each) => each.address).join("\n"));
  const [tags, setTags] = useState(contact.tags.join(", "));
  const save = useChange(
    () => {
      const lines = (text: string) => text.split("\n").map((line) => line.trim()).filter(Boolean);
      const body: Record<string, unknown> = Object.fromEntries(TEXTS.map((name) => [name, texts[name]?.trim() || null]));
      // a number or an email that stays keeps its label and type
      body.numbers = lines(numbers).map((number) => contact.numbers.find((each) => each.number === number) ?? { number });
      body.numbers = (body.numbers as Record<string, unknown>[]).map(({ opted_out: _, ...rest }) => rest);
      body.emails = lines(emails).map((address) => contact.emails.find((each) => each.address === address) ?? { address });
      body.emails = (body.emails as Record<string, unknown>[]).map(({ opted_out: _, ...rest }) => rest);
      body.tags = tags.split(",").map((tag) => tag.trim()).filter(Boolean);
      return api.PATCH(PATH, { params: { path: { contact_id: contact.contact_id } }, body: body as never });
    },
    {
      touches: [PATH, "/api/v1/contacts"],
      onDone: () => {
        say(t("common.saved"));
        props.onDone();
      },
    },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <div className="columns-narrow">
        {TEXTS.map((name) => (
          <TextField
            key={name}
            label={t(`contacts.${name}`)}
            name={name}
            value={texts[name] ?? ""}
            onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
          />
        ))}
      </div>
      <TextArea label={t("contacts.numbers")} name="numbers" rows={2} value={numbers} onChange={(e) => setNumbers(e.target.value)} />
      <TextArea label={t("contacts.emails")} name="emails" rows={2} value={emails} onChange={(e) => setEmails(e.target.value)} />
      <TextField label={t("contacts.tags")} hint={t("contacts.tags_hint")} name="tags" value={tags} onChange={(e) => setTags(e.target.value)} />
    </ChangeForm>
  );
}

function Export({ contact }: { contact: ContactView }) {
  const { t } = useWords();
  const path = { contact_id: contact.contact_id };
  const get = useChange(() => data(api.POST("/api/v1/contacts/{contact_id}/export", { params: { path } })), {
    onDone: (everything) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(everything, null, 2)], { type: "application/json" }));
      link.download = `${contact.contact_id}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  return (
    <Button busy={get.busy} onClick={() => get.run()}>
      {t("contacts.export_person")}
    </Button>
  );
}

function Erase({ contact }: { contact: ContactView }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const say = useToast();
  return (
    <Confirm
      title={t("contacts.erase_title")}
      action={t("contacts.erase")}
      trigger={<Button look="danger">{t("contacts.erase")}</Button>}
      onConfirm={async () => {
        await api.POST("/api/v1/contacts/{contact_id}/erase", { params: { path: { contact_id: contact.contact_id } } });
        say(t("contacts.erased"));
        void navigate("/contacts");
      }}
    >
      <p>{t("contacts.erase_text")}</p>
    </Confirm>
  );
}
