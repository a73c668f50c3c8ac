import { FileText } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, Confirm, Empty, Page, PagedTable, SelectField, TextArea, TextField, Time,
  useFilters,
} from "../../ui";
import { MessageTabs } from "./tabs";

const PATH = "/api/v1/templates";
type Template = Entry<typeof PATH, "templates">;

export default function Templates() {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const { asked, set } = useFilters(["channel"]);
  const list = usePages(PATH, "templates", { query: asked });
  const remove = useChange(
    (id: string) => api.DELETE("/api/v1/templates/{template_id}", { params: { path: { template_id: id } } }),
    { touches: [PATH] },
  );
  const writes = may("templates:write");
  return (
    <Page title={t("nav.messages")} description={t("messages.templates_description")} actions={writes && <Keep />}>
      <MessageTabs />
      <div className="columns-narrow">
        <SelectField
          label={t("consents.channel")}
          value={asked.channel ?? ""}
          onChange={(event) => set("channel", event.target.value)}
          options={[
            ["", t("common.all")],
            ["call", t("consents.channel_call")],
            ["sms", t("consents.channel_sms")],
            ["email", t("consents.channel_email")],
          ]}
        />
      </div>
      <PagedTable
        label={t("messages.tab_templates")}
        pages={list}
        id={(each) => each.template_id}
        columns={[
          { head: t("common.name"), cell: (each) => each.name },
          { head: t("consents.channel"), cell: (each) => maybe(`consents.channel_${each.channel}`, each.channel) },
          { head: t("messages.text"), cell: (each) => wordsOf(each) },
          {
            head: t("messages.placeholders"),
            cell: (each) =>
              each.placeholders.length === 0 ? (
                ""
              ) : (
                <span className="row">
                  {each.placeholders.map((name) => (
                    <Badge key={name}>{name}</Badge>
                  ))}
                </span>
              ),
          },
          { head: t("common.created"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) =>
              writes ? (
                <Confirm
                  title={t("audio.delete_title", { name: each.name })}
                  action={t("common.delete")}
                  trigger={<Button small>{t("common.delete")}</Button>}
                  onConfirm={() => remove.runAsync(each.template_id)}
                />
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<FileText />} title={t("messages.no_templates")}>
            {t("messages.no_templates_text")}
          </Empty>
        }
      />
    </Page>
  );
}

/** The text of a template, wherever its channel keeps it. */
function wordsOf(template: Template): string {
  const { message, text, subject } = template.body as Record<string, unknown>;
  const found = message ?? text ?? subject;
  return typeof found === "string" ? found : "";
}

function Keep() {
  const { t } = useWords();
  return (
    <AddDialog title={t("messages.keep")}>
      {(close) => <KeepForm onDone={close} />}
    </AddDialog>
  );
}

type Channel = "sms" | "call";

function KeepForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [channel, setChannel] = useState<Channel>("sms");
  const [text, setText] = useState("");
  const keep = useChange(() => data(api.POST(PATH, { body: { name, channel, body: { message: text } } })), {
    touches: [PATH],
    onDone: props.onDone,
  });
  return (
    <ChangeForm change={keep} submit={t("common.save")}>
      <TextField label={t("common.name")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <SelectField
        label={t("consents.channel")}
        name="channel"
        value={channel}
        onChange={(e) => setChannel(e.target.value as Channel)}
        options={[
          ["sms", t("consents.channel_sms")],
          ["call", t("consents.channel_call")],
        ]}
      />
      <TextArea
        label={t("messages.text")}
        hint={t("messages.placeholder_hint")}
        name="body"
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
    </ChangeForm>
  );
}
