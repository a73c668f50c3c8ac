import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, Confirm, Empty, FilterText, Page, PagedTable, SelectField, TextArea, TextField,
  Time, useFilters,
} from "../../ui";

const PATH = "/api/v1/consents";
type Channel = "call" | "sms" | "email";
type Purpose = "transactional" | "marketing";

export default function Consents() {
  const { t } = useWords();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["to", "state"]);
  const list = usePages(PATH, "consents", { query: asked });
  const withdraw = useChange(
    (id: string) =>
      api.POST("/api/v1/consents/{consent_id}/withdraw", { params: { path: { consent_id: id } }, body: {} }),
    { touches: [PATH] },
  );
  return (
    <Page title={t("nav.consents")} description={t("consents.description")} actions={may("consents:write") && <Record />}>
      <div className="columns-narrow">
        <FilterText label={t("suppressions.address")} value={asked.to ?? ""} onChange={(value) => set("to", value)} />
        <SelectField
          label={t("common.status")}
          value={asked.state ?? ""}
          onChange={(event) => set("state", event.target.value)}
          options={[
            ["", t("common.all")],
            ["given", t("consents.state_given")],
            ["withdrawn", t("consents.state_withdrawn")],
          ]}
        />
      </div>
      <PagedTable
        label={t("nav.consents")}
        pages={list}
        id={(each) => each.consent_id}
        columns={[
          { head: t("suppressions.address"), cell: (each) => each.to },
          { head: t("consents.channel"), cell: (each) => t(`consents.channel_${each.channel}`) },
          { head: t("contacts.purpose"), cell: (each) => t(`purpose.${each.purpose}`) },
          {
            head: t("common.status"),
            cell: (each) => (
              <Badge tone={each.state === "given" ? "good" : "warn"}>{t(`consents.state_${each.state}`)}</Badge>
            ),
          },
          { head: t("consents.source"), cell: (each) => each.source },
          { head: t("consents.given"), cell: (each) => <Time at={each.given_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) =>
              may("consents:write") && each.state === "given" ? (
                <Confirm
                  title={t("consents.withdraw_title")}
                  action={t("consents.withdraw")}
                  trigger={<Button small>{t("consents.withdraw")}</Button>}
                  onConfirm={() => withdraw.runAsync(each.consent_id)}
                />
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<ShieldCheck />} title={filtered ? t("contacts.none") : t("consents.empty")}>
            {t("consents.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Record() {
  const { t } = useWords();
  return (
    <AddDialog title={t("consents.add")}>
      {(close) => <RecordForm onDone={close} />}
    </AddDialog>
  );
}

function RecordForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [to, setTo] = useState("");
  const [channel, setChannel] = useState<Channel>("call");
  const [purpose, setPurpose] = useState<Purpose>("marketing");
  const [source, setSource] = useState("");
  const [wording, setWording] = useState("");
  const add = useChange(
    () => data(api.POST(PATH, { body: { to, channel, purpose, source, wording: wording || null } })),
    { touches: [PATH], onDone: props.onDone },
  );
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <TextField label={t("suppressions.address")} name="to" value={to} onChange={(e) => setTo(e.target.value)} />
      <SelectField
        label={t("consents.channel")}
        name="channel"
        value={channel}
        onChange={(e) => setChannel(e.target.value as Channel)}
        options={[
          ["call", t("consents.channel_call")],
          ["sms", t("consents.channel_sms")],
          ["email", t("consents.channel_email")],
        ]}
      />
      <SelectField
        label={t("contacts.purpose")}
        name="purpose"
        value={purpose}
        onChange={(e) => setPurpose(e.target.value as Purpose)}
        options={[
          ["marketing", t("purpose.marketing")],
          ["transactional", t("purpose.transactional")],
        ]}
      />
      <TextField
        label={t("consents.source")}
        hint={t("consents.source_hint")}
        name="source"
        value={source}
        onChange={(e) => setSource(e.target.value)}
      />
      <TextArea label={t("consents.wording")} optional={purpose === "transactional"} name="wording" rows={2} value={wording} onChange={(e) => setWording(e.target.value)} />
    </ChangeForm>
  );
}
