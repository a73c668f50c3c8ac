import { MessageSquare } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, ChangeForm, Empty, FilterText, Page, PagedTable, SelectField, TextArea, TextField, Time,
  useFilters, useToast,
} from "../../ui";
import { MessageTabs } from "./tabs";

export default function Conversations() {
  const { t } = useWords();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["address", "unread"]);
  const list = usePages("/api/v1/conversations", "conversations", { query: asked }, { every: 5_000 });
  return (
    <Page title={t("nav.messages")} description={t("messages.description")} actions={may("sms:write") && <Write />}>
      <MessageTabs />
      <div className="columns-narrow">
        <FilterText
          label={t("common.number")}
          type="tel"
          value={asked.address ?? ""}
          onChange={(value) => set("address", value)}
        />
        <SelectField
          label={t("messages.which")}
          value={asked.unread ?? ""}
          onChange={(event) => set("unread", event.target.value)}
          options={[
            ["", t("common.all")],
            ["true", t("messages.unread")],
          ]}
        />
      </div>
      <PagedTable
        label={t("messages.tab_conversations")}
        pages={list}
        id={(each) => each.conversation_id}
        columns={[
          {
            head: t("messages.with"),
            cell: (each) => (
              <span className="row">
                <Link to={`/messages/${each.conversation_id}`}>{each.to}</Link>
                {each.unread > 0 && <Badge tone="info">{t("messages.new", { count: each.unread })}</Badge>}
              </span>
            ),
          },
          { head: t("messages.last"), cell: (each) => each.last_text ?? "" },
          { head: t("messages.over"), cell: (each) => each.from },
          { head: t("calls.when"), cell: (each) => <Time at={each.last_message_at} /> },
        ]}
        empty={
          <Empty icon={<MessageSquare />} title={filtered ? t("messages.none") : t("messages.empty")}>
            {t("messages.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Write() {
  const { t } = useWords();
  return (
    <AddDialog title={t("messages.write")}>
      {(close) => <WriteForm onDone={close} />}
    </AddDialog>
  );
}

function WriteForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const send = useChange(() => data(api.POST("/api/v1/sms", { body: { to, message: text } })), {
    touches: ["/api/v1/sms", "/api/v1/conversations"],
    onDone: () => {
      say(t("messages.on_its_way"));
      props.onDone();
    },
  });
  return (
    <ChangeForm change={send} submit={t("messages.send")}>
      <TextField label={t("common.number")} name="to" type="tel" value={to} onChange={(e) => setTo(e.target.value)} />
      <TextArea label={t("messages.text")} name="message" value={text} onChange={(e) => setText(e.target.value)} />
    </ChangeForm>
  );
}
