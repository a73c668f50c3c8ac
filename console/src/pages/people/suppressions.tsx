import { Ban } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords, type Words } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Button, ChangeForm, Confirm, Empty, FilterText, Page, PagedTable, SelectField, TabLinks, TextField, Time,
  useFilters, useToast,
} from "../../ui";

const PATH = "/api/v1/suppressions";
type Suppression = Entry<typeof PATH, "suppressions">;

export function SuppressionTabs() {
  const { t } = useWords();
  const { may } = useSession();
  if (!may("do-not-call:read")) return null;
  return (
    <TabLinks
      label={t("nav.suppressions")}
      tabs={[
        ["/suppressions", t("suppressions.tab_list")],
        ["/do-not-call", t("suppressions.tab_dnc")],
      ]}
    />
  );
}

export default function Suppressions() {
  const words = useWords();
  const { t } = words;
  const { may } = useSession();
  const say = useToast();
  const { asked, set, filtered } = useFilters(["to"]);
  const list = usePages(PATH, "suppressions", { query: asked });
  const remove = useChange(
    (id: string) => api.DELETE("/api/v1/suppressions/{suppression_id}", { params: { path: { suppression_id: id } } }),
    { touches: [PATH], onDone: () => say(t("suppressions.removed")) },
  );
  return (
    <Page
      title={t("nav.suppressions")}
      description={t("suppressions.description")}
      actions={may("suppressions:write") && <AddSuppression />}
    >
      <SuppressionTabs />
      <FilterText label={t("suppressions.address")} value={asked.to ?? ""} onChange={(value) => set("to", value)} />
      <PagedTable
        label={t("nav.suppressions")}
        pages={list}
        id={(each) => each.suppression_id}
        columns={[
          { head: t("suppressions.address"), cell: (each) => each.to },
          { head: t("suppressions.scope"), cell: (each) => scopeOf(each, words) },
          {
            head: t("suppressions.evidence"),
            cell: (each) =>
              each.call_id === null ? each.evidence : <Link to={`/calls/${each.call_id}`}>{each.evidence || each.source}</Link>,
          },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) =>
              may("suppressions:write") ? (
                <Confirm
                  title={t("suppressions.remove_title")}
                  action={t("common.remove")}
                  trigger={<Button small>{t("common.remove")}</Button>}
                  onConfirm={() => remove.runAsync(each.suppression_id)}
                >
                  <p>{t("suppressions.remove_text", { to: each.to })}</p>
                </Confirm>
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<Ban />} title={filtered ? t("contacts.none") : t("suppressions.empty")}>
            {t("suppressions.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function scopeOf(each: Suppression, { t, maybe }: Words): string {
  if (each.scope === "channel") return maybe(`suppressions.scope_${each.scope_key}`, each.scope_key);
  if (each.scope === "topic") return t("suppressions.scope_topic", { topic: each.scope_key });
  return t(each.scope === "campaign" ? "suppressions.scope_campaign" : "suppressions.scope_organisation");
}

function AddSuppression() {
  const { t } = useWords();
  return (
    <AddDialog title={t("suppressions.add")}>
      {(close) => <AddForm onDone={close} />}
    </AddDialog>
  );
}

function AddForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [to, setTo] = useState("");
  const [what, setWhat] = useState("");
  const [evidence, setEvidence] = useState("");
  const add = useChange(
    () =>
      data(
        api.POST(PATH, {
          body: { to, evidence, ...(what === "" ? {} : { scope: "channel" as const, scope_key: what }) },
        }),
      ),
    { touches: [PATH], onDone: props.onDone },
  );
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <TextField label={t("suppressions.address")} name="to" value={to} onChange={(e) => setTo(e.target.value)} />
      <SelectField
        label={t("suppressions.scope")}
        value={what}
        onChange={(e) => setWhat(e.target.value)}
        options={[
          ["", t("suppressions.scope_organisation")],
          ["call", t("suppressions.scope_call")],
          ["sms", t("suppressions.scope_sms")],
          ["email", t("suppressions.scope_email")],
        ]}
      />
      <TextField
        label={t("suppressions.evidence")}
        hint={t("suppressions.evidence_hint")}
        name="evidence"
        value={evidence}
        onChange={(e) => setEvidence(e.target.value)}
      />
    </ChangeForm>
  );
}
