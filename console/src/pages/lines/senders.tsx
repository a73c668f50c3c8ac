import { AtSign, MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, CheckField, Confirm, Dialog, Empty, Form, Menu, MenuItem, MenuLine, Page,
  PagedTable, SelectField, TextField, Time, useFilters, useToast,
} from "../../ui";
import { KeyDialog } from "./sender-key";
import { ProveDialog } from "./sender-proof";

const PATH = "/api/v1/senders";
export type Sender = Entry<typeof PATH, "senders">;
const CHANNELS = ["sms", "email"] as const;
type Channel = (typeof CHANNELS)[number];

/** Whom texts and emails come from. */
export default function Senders() {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["channel"]);
  const senders = usePages(PATH, "senders", { query: asked });
  const writes = may("senders:write");
  return (
    <Page title={t("nav.senders")} description={t("senders.description")} actions={writes && <AddSender />}>
      <div className="columns-narrow">
        <SelectField
          label={t("senders.channel")}
          value={asked.channel ?? ""}
          onChange={(event) => set("channel", event.target.value)}
          options={[["", t("common.all")], ...CHANNELS.map((each) => [each, t(`senders.channel_${each}`)] as const)]}
        />
      </div>
      <PagedTable
        label={t("nav.senders")}
        pages={senders}
        id={(each) => each.sender_id}
        columns={[
          {
            head: t("senders.address"),
            cell: (each) => (
              <span className="stack-small">
                <span className="tabular">{each.address}</span>
                {each.name !== null && <span className="small soft">{each.name}</span>}
              </span>
            ),
          },
          { head: t("senders.channel"), cell: (each) => maybe(`senders.channel_${each.channel}`, each.channel) },
          {
            head: t("common.status"),
            cell: (each) => (
              <span className="row">
                {each.verified ? (
                  <Badge tone="good">{t("senders.proven")}</Badge>
                ) : (
                  <Badge tone="warn">{t("senders.unproven")}</Badge>
                )}
                {each.default && <Badge tone="info">{t("senders.default")}</Badge>}
              </span>
            ),
          },
          {
            head: t("senders.by"),
            cell: (each) => (each.verified_by === null ? "" : maybe(`senders.by_${each.verified_by}`, each.verified_by)),
          },
          {
            head: t("senders.signs"),
            cell: (each) => (each.dkim_domain === null ? "" : <code>{each.dkim_domain}</code>),
          },
          { head: t("common.created"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) => (writes || (each.channel === "email" && each.dkim_domain !== null) ? <Actions sender={each} /> : ""),
          },
        ]}
        empty={
          <Empty icon={<AtSign />} title={filtered ? t("senders.none") : t("senders.empty")}>
            {t("senders.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

/** What can be done with a sender; who may only read sees the record of its key. */
function Actions({ sender }: { sender: Sender }) {
  const { t } = useWords();
  const { may } = useSession();
  const say = useToast();
  const [open, setOpen] = useState<"prove" | "key" | "edit" | "remove" | null>(null);
  const params = { path: { sender_id: sender.sender_id } };
  const prefer = useChange(() => api.PATCH("/api/v1/senders/{sender_id}", { params, body: { default: true } }), {
    touches: [PATH],
    onDone: () => say(t("common.saved")),
  });
  const remove = useChange(() => api.DELETE("/api/v1/senders/{sender_id}", { params }), { touches: [PATH] });
  const writes = may("senders:write");
  const mails = sender.channel === "email";
  const shut = () => setOpen(null);
  return (
    <>
      <Menu
        trigger={
          <Button small icon aria-label={t("senders.actions", { address: sender.address })}>
            <MoreHorizontal size={16} aria-hidden="true" />
          </Button>
        }
      >
        {writes && mails && !sender.verified && <MenuItem onSelect={() => setOpen("prove")}>{t("senders.prove")}</MenuItem>}
        {mails && (writes ? sender.verified : true) && (
          <MenuItem onSelect={() => setOpen("key")}>{t("senders.key")}</MenuItem>
        )}
        {writes && mails && <MenuItem onSelect={() => setOpen("edit")}>{t("senders.rename")}</MenuItem>}
        {writes && !sender.default && <MenuItem onSelect={() => prefer.run()}>{t("senders.prefer")}</MenuItem>}
        {writes && (
          <>
            <MenuLine />
            <MenuItem danger onSelect={() => setOpen("remove")}>
              {t("common.remove")}
            </MenuItem>
          </>
        )}
      </Menu>
      {open === "prove" && <ProveDialog sender={sender} onClose={shut} />}
      {open === "key" && <KeyDialog sender={sender} onClose={shut} />}
      {open === "edit" && <Rename sender={sender} onClose={shut} />}
      {open === "remove" && (
        <Confirm
          open
          onOpenChange={(stays) => !stays && shut()}
          title={t("senders.remove_title", { address: sender.address })}
          action={t("common.remove")}
          onConfirm={() => remove.runAsync()}
        >
          <p>{t("senders.remove_text")}</p>
        </Confirm>
      )}
    </>
  );
}

function Rename(props: { sender: Sender; onClose: () => void }) {
  const { t } = useWords();
  const { sender } = props;
  const [name, setName] = useState(sender.name ?? "");
  const save = useChange(
    () =>
      api.PATCH("/api/v1/senders/{sender_id}", {
        params: { path: { sender_id: sender.sender_id } },
        body: { name },
      }),
    { touches: [PATH], onDone: props.onClose },
  );
  return (
    <Dialog open onOpenChange={(stays) => !stays && props.onClose()} title={sender.address}>
      <Form
        onSubmit={() => save.run()}
        problem={save.problem}
        actions={
          <Button type="submit" look="primary" busy={save.busy} disabled={name.trim() === ""}>
            {t("common.save")}
          </Button>
        }
      >
        <TextField
          label={t("common.name")}
          hint={t("senders.name_hint")}
          name="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Form>
    </Dialog>
  );
}

function AddSender() {
  const { t } = useWords();
  return (
    <AddDialog title={t("senders.add")} description={t("senders.add_text")}>
      {(close) => <AddForm onDone={close} />}
    </AddDialog>
  );
}

function AddForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [channel, setChannel] = useState<Channel>("sms");
  const [address, setAddress] = useState("");
  const [name, setName] = useState("");
  const [preferred, setPreferred] = useState(false);
  const add = useChange(
    () =>
      data(api.POST(PATH, { body: { channel, address, default: preferred, ...(name === "" ? {} : { name }) } })),
    {
      touches: [PATH],
      onDone: (made) => {
        say(t(made.verified ? "senders.added" : made.channel === "email" ? "senders.added_email" : "senders.added_sms"));
        props.onDone();
      },
    },
  );
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <SelectField
        label={t("senders.channel")}
        name="channel"
        value={channel}
        onChange={(event) => setChannel(event.target.value as Channel)}
        options={CHANNELS.map((each) => [each, t(`senders.channel_${each}`)] as const)}
      />
      <TextField
        label={t("senders.address")}
        hint={t(`senders.address_${channel}`)}
        name="address"
        value={address}
        onChange={(event) => setAddress(event.target.value)}
      />
      {channel === "email" && (
        <TextField
          label={t("common.name")}
          hint={t("senders.name_hint")}
          optional
          name="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <CheckField
        label={t("senders.prefer")}
        hint={t("senders.prefer_hint")}
        name="default"
        checked={preferred}
        onChange={(event) => setPreferred(event.target.checked)}
      />
    </ChangeForm>
  );
}
