import { useWords } from "../../i18n";
import { Badge, type Tone } from "../../ui";

const TONES: Record<string, Tone> = { running: "good", scheduled: "info", paused: "warn", cancelled: "plain", completed: "info" };

/** Where a campaign is. */
export function CampaignState(props: { state: string; held?: boolean }) {
  const { t, maybe } = useWords();
  if (props.held && props.state !== "completed" && props.state !== "cancelled")
    return <Badge tone="warn">{t("campaigns.held")}</Badge>;
  return (
    <Badge tone={TONES[props.state] ?? "plain"} live={props.state === "running"}>
      {maybe(`campaigns.state_${props.state}`, props.state)}
    </Badge>
  );
}
