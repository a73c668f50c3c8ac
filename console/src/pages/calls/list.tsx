import { PhoneCall } from "lucide-react";
import { Link } from "react-router";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Badge, ButtonLink, Empty, FilterText, Page, PagedTable, SelectField, Time, useFilters } from "../../ui";
import { CallState } from "./state";

const STATES = [
  "queued", "dialing", "ringing", "in_progress", "answered", "voicemail", "no_answer", "busy", "rejected", "failed",
  "cancelled",
] as const;

export default function Calls() {
  const { t } = useWords();
  const format = useFormat();
  const { asked, set, filtered } = useFilters(["status", "to", "direction", "campaign_id"]);
  const calls = usePages("/api/v1/calls", "calls", { query: asked }, { every: 5_000 });
  return (
    <Page title={t("calls.title")} description={t("calls.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("calls.state")}
          value={asked.status ?? ""}
          onChange={(event) => set("status", event.target.value)}
          options={[["", t("common.all")], ...STATES.map((state) => [state, t(`state.${state}`)] as const)]}
        />
        <SelectField
          label={t("calls.direction")}
          value={asked.direction ?? ""}
          onChange={(event) => set("direction", event.target.value)}
          options={[["", t("common.all")], ["outbound", t("direction.outbound")], ["inbound", t("direction.inbound")]]}
        />
        <FilterText
          label={t("calls.to")}
          type="tel"
          placeholder="+12125550100"
          value={asked.to ?? ""}
          onChange={(value) => set("to", value)}
        />
      </div>
      <PagedTable
        label={t("calls.title")}
        pages={calls}
        id={(call) => call.call_id}
        columns={[
          { head: t("calls.to"), cell: (call) => <Link to={`/calls/${call.call_id}`}>{call.to}</Link> },
          {
            head: t("calls.outcome"),
            cell: (call) => (
              <span className="row">
                <CallState status={call.status} outcome={call.outcome} />
                {call.sandbox && <Badge>{t("common.sandbox")}</Badge>}
              </span>
            ),
          },
          { head: t("calls.answer"), cell: (call) => call.dtmf_response ?? "" },
          {
            head: t("calls.length"),
            number: true,
            cell: (call) => (call.duration_seconds === null ? "" : format.length(call.duration_seconds)),
          },
          { head: t("calls.when"), cell: (call) => <Time at={call.created_at} /> },
        ]}
        empty={
          filtered ? (
            <Empty icon={<PhoneCall />} title={t("calls.empty_filtered")}>
              {t("calls.empty_filtered_text")}
            </Empty>
          ) : (
            <Empty
              icon={<PhoneCall />}
              title={t("calls.empty")}
              action={<ButtonLink to="/start" look="primary">{t("calls.start")}</ButtonLink>}
            >
              {t("calls.empty_text")}
            </Empty>
          )
        }
      />
    </Page>
  );
}
