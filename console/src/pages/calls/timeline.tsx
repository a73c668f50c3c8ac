import {
  Bot, CheckCircle2, Clock3, Footprints, Hash, Mic, Phone, PhoneForwarded, PhoneIncoming, PhoneOff, UserX, type LucideIcon,
} from "lucide-react";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { pressed, text, type CallEvent } from "./events";
import { moments } from "./moments";
import "./calls.css";

const ICONS: readonly (readonly [RegExp, LucideIcon])[] = [
  [/^call\.(queued|ordered|rescheduled|deferred)/, Clock3],
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

/** What happened, line by line, with the seconds from the answer. */
export function Timeline(props: { events: readonly CallEvent[] }) {
  const { t } = useWords();
  const format = useFormat();
  if (props.events.length === 0) return <p className="soft">{t("calls.timeline_empty")}</p>;
  const seconds = moments(props.events);
  return (
    <div className="stack-small">
      <ol className="timeline" aria-label={t("calls.timeline")}>
        {props.events.filter(isTold).map((event) => {
          const Icon = ICONS.find(([pattern]) => pattern.test(event.type))?.[1] ?? PhoneOff;
          return (
            <li key={event.id}>
              <span className="timeline-icon" aria-hidden="true">
                <Icon size={16} />
              </span>
              <Line event={event} />
              <time className="soft small tabular" dateTime={event.created_at_exact} title={format.full(event.created_at)}>
                {format.offset(seconds.get(event.id) ?? 0)}
              </time>
            </li>
          );
        })}
      </ol>
      <p className="soft small">{t("calls.counted")}</p>
    </div>
  );
}

/** Steps that we added ourselves (their names begin with _) are no steps to whoever made the flow. */
function isTold(event: CallEvent): boolean {
  return event.type !== "call.step" || !(text(event, "step") ?? "").startsWith("_");
}

function Line({ event }: { event: CallEvent }) {
  const { t, maybe, told } = useWords();
  const title =
    event.type === "call.step"
      ? maybe(`step.${text(event, "kind") ?? ""}`, t("event.call.step"))
      : maybe(`event.${event.type}`, event.type);
  // the detector's reasons are words for developers
  const why = event.type === "call.machine_detection" ? null : text(event, "reason");
  const reason = why === null ? null : maybe(`transfer.${why}`, told(why) ?? why);
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
