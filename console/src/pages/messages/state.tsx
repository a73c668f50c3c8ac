import { useWords } from "../../i18n";
import { Badge, type Tone } from "../../ui";

const TONES: Record<string, Tone> = {
  sent: "info", delivered: "good", received: "good", failed: "bad", undelivered: "bad", expired: "warn", unknown: "warn",
  skipped: "warn",
};

/** What became of a text or a mail. */
export function MessageState(props: { status: string }) {
  const { maybe } = useWords();
  return <Badge tone={TONES[props.status] ?? "plain"}>{maybe(`messages.state_${props.status}`, props.status)}</Badge>;
}
