import {
  Bot, CheckCircle2, Clock3, Footprints, Hash, Mic, Phone, PhoneForwarded, PhoneIncoming, PhoneOff, UserX, type LucideIcon,
} from "lucide-react";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { pressed, text, type CallEvent } from "./events";
import "./calls.css";

const ICONS: readonly (readonly [RegExp, LucideIcon])[] = [
  [/^call\.(queued|ordered|deferred)/, Clock3],
  [/^call\.(dialing|ringing)/, Phone],
  [/^call\.received/, PhoneIncoming],
  [/^call\.(answered|completed|accepted)/, CheckCircle2],
  [/^call\.machine/, Bot],
  [/^call\.dtmf/, Hash],
  [/^call\.transfer/, PhoneForwarded],
  [/^call\.recording/, Mic],
  [/^call\.step/, Footprints],
  [/^contact\.optout/, UserX],
];

/** What happened, line by line, with the seconds since the first line. */
export function Timeline(props: { events: readonly CallEvent[] }) {
  const { t } = useWords();
  const format = useFormat();
  const first = props.events[0];
  if (first === undefined) return <p className="soft">{t("calls.timeline_empty")}</p>;
  const begin = new Date(first.created_at).getTime();
  return (
    <ol className="timeline" aria-label={t("calls.timeline")}>
      {props.events.filter(isTold).map((event) => {
        const Icon = ICONS.find(([pattern]) => pattern.test(event.type))?.[1] ?? PhoneOff;
        const seconds = (new Date(event.created_at).getTime() - begin) / 1000;
        return (
          <li key={event.id}>
            <span className="timeline-icon" aria-hidden="true">
              <Icon size={16} />
            </span>
            <Line event={event} />
            <time className="soft small tabular" dateTime={event.created_at} title={format.full(event.created_at)}>
              {t("calls.after", { seconds: seconds.toFixed(0) })}
            </time>
          </li>
        );
      })}
    </ol>
  );
}

/** Steps that we added ourselves (their names begin with _) are no steps to whoever made the flow. */
function isTold(event: CallEvent): boolean {
  return event.type !== "call.step" || !(text(event, "step") ?? "").startsWith("_");
}

function Line({ event }: { event: CallEvent }) {
  const { t, maybe } = useWords();
  const title =
    event.type === "call.step"
      ? maybe(`step.${text(event, "kind") ?? ""}`, t("event.call.step"))
      : maybe(`event.${event.type}`, event.type);
  // the detector's reasons are words for developers
  const reason = event.type === "call.machine_detection" ? null : text(event, "reason");
  const step = event.type === "call.step" ? text(event, "step") : null;
  const digits = event.type === "call.dtmf" ? pressed(event) : null;
  const verdict = text(event, "verdict");
  const words = text(event, "said") ?? text(event, "heard") ?? text(event, "text");
  const details = [
    step,
    digits !== null && t("calls.pressed", { digits }),
    verdict !== null && maybe(`verdict.${verdict}`, verdict),
    words,
    reason,
  ].filter((each): each is string => typeof each === "string" && each !== "");
  return (
    <span className="timeline-text">
      <span>{title}</span>
      {details.length > 0 && <span className="soft small">{details.join(" · ")}</span>}
    </span>
  );
}
