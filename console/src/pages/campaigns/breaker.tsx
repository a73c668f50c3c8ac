import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Card, Facts, Note, Told } from "../../ui";

/** What makes a campaign pause by itself because too much fails (`terms`), and that it has (`warning`). */
export function Breaker(props: { campaignId: string; state: string; part: "warning" | "terms" }) {
  const { t } = useWords();
  const format = useFormat();
  const live = props.state === "running" || props.state === "paused";
  const breaker = useGet(
    "/api/v1/campaigns/{campaign_id}/breaker",
    { path: { campaign_id: props.campaignId } },
    { enabled: live, every: live ? 10_000 : false },
  );
  const found = breaker.data;
  if (!live || found === undefined || !found.enabled) return null;
  if (props.part === "terms")
    return (
      <Card>
        <details>
          <summary>{t("campaigns.breaker")}</summary>
          <Facts
            of={[
              [t("campaigns.breaker_share"), format.percent(found.share)],
              [t("campaigns.breaker_window"), format.length(found.window_seconds)],
              [t("campaigns.breaker_calls"), format.number(found.least_calls)],
              [t("campaigns.breaker_pause"), format.length(found.pause_seconds)],
            ]}
          />
        </details>
      </Card>
    );
  if (found.state === "closed") return null;
  return (
    <Note tone="warn" role="status" title={t(found.state === "trying" ? "campaigns.breaker_trying" : "campaigns.breaker_open")}>
      {found.reason !== null && <span><Told text={found.reason} /></span>}
      {found.open_until !== null && <span>{t("campaigns.breaker_until", { time: format.short(found.open_until) })}</span>}
      {props.state === "paused" && <span>{t("campaigns.breaker_resume")}</span>}
    </Note>
  );
}
