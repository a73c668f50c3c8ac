import { useWords } from "../../i18n";
import { Badge, type Tone } from "../../ui";

const TONES: Record<string, Tone> = {
  human: "good",
  answered: "good",
  voicemail_left: "good",
  machine: "info",
  fax: "info",
  busy: "warn",
  no_answer: "warn",
  rejected: "warn",
  invalid_number: "bad",
  failed: "bad",
  congestion: "bad",
  interrupted: "bad",
};
const LIVE = new Set(["dialing", "ringing", "in_progress"]);

/** Where a call is now, or what came of it. */
export function CallState(props: { status: string; outcome: string | null }) {
  const { maybe } = useWords();
  const { status, outcome } = props;
  if (outcome !== null) return <Badge tone={TONES[outcome] ?? "plain"}>{maybe(`outcome.${outcome}`, outcome)}</Badge>;
  const live = LIVE.has(status);
  return (
    <Badge tone={live ? "info" : "plain"} live={live}>
      {maybe(`state.${status}`, status)}
    </Badge>
  );
}
