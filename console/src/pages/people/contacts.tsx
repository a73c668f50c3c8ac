import { BookUser, Plus } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  Badge, Button, ButtonLink, ChangeForm, Dialog, Empty, FilterText, Page, PagedTable, SelectField, TabLinks, TextField,
  useFilters,
} from "../../ui";
import { nameOf } from "./names";

/** The list of people, who may be one person, and own fields. */
export function ContactTabs() {
  const { t } = useWords();
  return (
    <TabLinks
      label={t("nav.contacts")}
      tabs={[
        ["/contacts", t("contacts.tab_list")],
        ["/contacts/duplicates", t("duplicates.title")],
        ["/contacts/fields", t("fields.title")],
      ]}
    />
  );
}

export default function Contacts() {
  const { t } = useWords();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["q", "group_id", "segment_id"]);
  const contacts = usePages("/api/v1/contacts", "contacts", { query: asked });
  const groups = useGet("/api/v1/groups", { query: { limit: 200 } }, { enabled: may("groups:read") });
  const segments = useGet("/api/v1/segments", { query: { limit: 200 } }, { enabled: may("segments:read") });
  const asText = new URLSearchParams({ ...asked, format: "csv" }).toString();
  return (
    <Page
      title={t("nav.contacts")}
      description={t("contacts.description")}
      actions={
        <>
          {may("contacts:read") && (
            <a className="button" href={`/api/v1/contacts/export?${asText}`} download>
              {t("contacts.export")}
            </a>
          )}
          {may("imports:write") && <ButtonLink to="/imports">{t("contacts.import")}</ButtonLink>}
          {may("contacts:write") && <AddContact />}
        </>
      }
    >
      <ContactTabs />
      <div className="columns-narrow">
        <FilterText label={t("common.search")} value={asked.q ?? ""} onChange={(value) => set("q", value)} />
        <SelectField
          label={t("contacts.group")}
          value={asked.group_id ?? ""}
          onChange={(event) => set("group_id", event.target.value)}
          options={[["", t("common.all")], ...(groups.data?.groups ?? []).map((each) => [each.group_id, each.name] as const)]}
        />
        <SelectField
          label={t("contacts.segment")}
          value={asked.segment_id ?? ""}
          onChange={(event) => set("segment_id", event.target.value)}
          options={[["", t("common.all")], ...(segments.data?.segments ?? []).map((each) => [each.segment_id, each.name] as const)]}
        />
      </div>
      <PagedTable
        label={t("nav.contacts")}
        pages={contacts}
        id={(contact) => contact.contact_id}
        columns={[
          {
            head: t("common.name"),
            cell: (contact) => (
              <Link to={`/contacts/${contact.contact_id}`}>{nameOf(contact, t("contacts.nameless"))}</Link>
            ),
          },
          { head: t("common.number"), cell: (contact) => <span className="tabular nowrap">{contact.to ?? ""}</span> },
          { head: t("common.email"), cell: (contact) => <Address of={contact.emails[0]?.address ?? ""} /> },
          {
            head: t("contacts.tags"),
            cell: (contact) =>
              contact.tags.length + (contact.opted_out ? 1 : 0) === 0 ? (
                ""
              ) : (
                <span className="row">
                  {contact.opted_out && <Badge tone="bad">{t("contacts.opted_out")}</Badge>}
                  {contact.tags.slice(0, 4).map((tag) => (
                    <Badge key={tag}>{tag}</Badge>
                  ))}
                </span>
              ),
          },
        ]}
        empty={
          filtered ? (
            <Empty icon={<BookUser />} title={t("contacts.none")}>
              {t("contacts.none_text")}
            </Empty>
          ) : (
            <Empty
              icon={<BookUser />}
              title={t("contacts.empty")}
              action={may("imports:write") ? <ButtonLink to="/imports" look="primary">{t("contacts.import")}</ButtonLink> : undefined}
            >
              {t("contacts.empty_text")}
            </Empty>
          )
        }
      />
    </Page>
  );
}

/** In one line, unless it is longer than most. */
function Address({ of: address }: { of: string }) {
  return <span className={address.length < 30 ? "nowrap" : undefined}>{address}</span>;
}

function AddContact() {
  const { t } = useWords();
  const navigate = useNavigate();
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [to, setTo] = useState("");
  const [email, setEmail] = useState("");
  const add = useChange(
    () =>
      data(
        api.POST("/api/v1/contacts", {
          body: { first_name: first || null, last_name: last || null, to: to || null, email: email || null },
        }),
      ),
    { touches: ["/api/v1/contacts"], onDone: (made) => void navigate(`/contacts/${made.contact_id}`) },
  );
  return (
    <Dialog
      title={t("contacts.add")}
      trigger={
        <Button look="primary">
          <Plus size={18} aria-hidden="true" />
          {t("contacts.add")}
        </Button>
      }
      onOpenChange={() => add.reset()}
    >
      <ChangeForm change={add} submit={t("common.add")}>
        <TextField label={t("contacts.first_name")} name="first_name" value={first} onChange={(e) => setFirst(e.target.value)} />
        <TextField label={t("contacts.last_name")} name="last_name" value={last} onChange={(e) => setLast(e.target.value)} />
        <TextField label={t("common.number")} name="to" type="tel" value={to} onChange={(e) => setTo(e.target.value)} />
        <TextField label={t("common.email")} name="email" type="email" value={email} onChange={(e) => setEmail(e.target.value)} />
      </ChangeForm>
    </Dialog>
  );
}
