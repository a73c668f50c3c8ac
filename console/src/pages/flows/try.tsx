// Tries a flow in the browser: hear it, press keys, speak, and see where it is.
import { Mic, Phone, PhoneOff, Volume2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n";
import { Badge, Button, Note, SelectField, TextField, Told } from "../../ui";
import { Trial, type Refusal, type TrialMessage } from "./trial";
import "./flows.css";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
type Phase = "idle" | "ringing" | "talking" | "over";

interface State {
  phase: Phase;
  step: string | null;
  lines: readonly TrialMessage[];
  colleague: string | null;
  connected: boolean;
  recording: boolean;
}
const FRESH: State = { phase: "idle", step: null, lines: [], colleague: null, connected: false, recording: false };

function after(state: State, message: TrialMessage): State {
  const line = { ...state, lines: [...state.lines, message] };
  switch (message.type) {
    case "ringing":
      return message.side === "callee" ? { ...line, phase: "ringing" } : { ...line, colleague: String(message.to) };
    case "answered":
      return { ...line, phase: "talking" };
    case "note":
      return message.kind === "step" ? { ...line, step: message.step as string | null } : line;
    case "state":
      return { ...state, step: (message.step as string | null) ?? state.step };
    case "effect":
      return line;
    case "connected":
      return { ...line, connected: message.on === true, colleague: message.on === true ? state.colleague : null };
    case "rang_out":
      return message.side === "colleague" ? { ...line, colleague: null } : line;
    case "record":
      return { ...line, recording: true };
    case "recorded":
      return { ...line, recording: false };
    case "ended":
      return { ...line, phase: "over", colleague: null, connected: false, recording: false };
    default:
      return state;
  }
}

/** `onPath` is told each step that is entered, `null` when a new call begins. */
export function TryFlow(props: {
  flow: unknown;
  placeholders: readonly string[];
  values?: Record<string, string>;
  machine?: boolean;
  onPath?: (step: string | null) => void;
}) {
  const { t } = useWords();
  const [state, setState] = useState<State>(FRESH);
  const [values, setValues] = useState<Record<string, string>>({});
  const [answeredBy, setAnsweredBy] = useState<"person" | "machine">("person");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [hears, setHears] = useState<"no" | "yes" | "refused">("no");
  const trial = useRef<Trial | null>(null);
  const { onPath } = props;
  useEffect(() => () => trial.current?.close(), []);
  const filled = Object.fromEntries(
    props.placeholders.map((name) => [name, values[name] ?? props.values?.[name] ?? t("flows.try_value", { name })]),
  );
  const begin = () => {
    trial.current?.close();
    setRefusal(null);
    setHears("no");
    setState({ ...FRESH, phase: "ringing" });
    onPath?.(null);
    trial.current = new Trial(
      { flow: props.flow, variables: filled, answered_by: answeredBy },
      {
        message: (message) => {
          setState((before) => after(before, message));
          if (message.type === "note" && message.kind === "step" && typeof message.step === "string") onPath?.(message.step);
        },
        refused: setRefusal,
        closed: () => setState((before) => ({ ...before, phase: before.phase === "idle" ? "idle" : "over" })),
      },
    );
  };
  const talking = state.phase === "talking";
  return (
    <div className="stack">
      {(state.phase === "idle" || state.phase === "over") && (
        <>
          {props.placeholders.map((name) => (
            <TextField
              key={name}
              label={name}
              value={filled[name] ?? ""}
              onChange={(event) => setValues((all) => ({ ...all, [name]: event.target.value }))}
            />
          ))}
          {props.machine !== false && (
            <SelectField
              label={t("flows.try_answered_by")}
              value={answeredBy}
              onChange={(event) => setAnsweredBy(event.target.value as "person" | "machine")}
              options={[
                ["person", t("flows.try_person")],
                ["machine", t("flows.try_machine")],
              ]}
            />
          )}
          <Button look="primary" onClick={begin}>
            <Phone size={18} aria-hidden="true" />
            {t("flows.try_call")}
          </Button>
        </>
      )}
      {refusal !== null && (
        <Note tone="bad" title={t("flows.try_refused")} role="alert">
          {refusal.errors.length === 0 ? (
            <span>
              <Told text={refusal.detail} />
            </span>
          ) : (
            <ul>
              {refusal.errors.map((error) => (
                <li key={error.field + error.message}>
                  <code>{error.field}</code>: <Told text={error.message} />
                </li>
              ))}
            </ul>
          )}
        </Note>
      )}
      {state.phase === "ringing" && refusal === null && (
        <div className="trial-phone">
          <Badge tone="info" live>
            {t("flows.try_ringing")}
          </Badge>
          <Button look="primary" onClick={() => trial.current?.say("answer")}>
            <Phone size={18} aria-hidden="true" />
            {t("flows.try_answer")}
          </Button>
        </div>
      )}
      {talking && (
        <div className="trial-phone">
          <Badge tone="good" live>
            <Volume2 size={14} aria-hidden="true" /> {state.recording ? t("flows.try_recording") : t("flows.try_talking")}
          </Badge>
          <div className="keypad" role="group" aria-label={t("flows.try_keys")}>
            {KEYS.map((key) => (
              <button key={key} type="button" className="key" onClick={() => trial.current?.say("digit", { digit: key })}>
                {key}
              </button>
            ))}
          </div>
          <div className="row">
            <Button
              disabled={hears === "yes"}
              onClick={() =>
                void trial.current?.listen().then(
                  () => setHears("yes"),
                  () => setHears("refused"),
                )
              }
            >
              <Mic size={18} aria-hidden="true" />
              {hears === "yes" ? t("flows.try_listening") : t("flows.try_speak")}
            </Button>
            <Button look="danger" onClick={() => trial.current?.say("hang_up")}>
              <PhoneOff size={18} aria-hidden="true" />
              {t("flows.try_hang_up")}
            </Button>
          </div>
          {hears === "refused" && <Note tone="warn">{t("flows.try_no_microphone")}</Note>}
        </div>
      )}
      {state.colleague !== null && (
        <Note tone="info" title={t("flows.try_colleague", { to: state.colleague })}>
          <div className="row">
            {state.connected ? (
              <Button small onClick={() => trial.current?.say("hang_up", { side: "colleague" })}>
                {t("flows.try_colleague_leaves")}
              </Button>
            ) : (
              <>
                <Button small onClick={() => trial.current?.say("answer", { side: "colleague" })}>
                  {t("flows.try_colleague_answers")}
                </Button>
                <Button small onClick={() => trial.current?.say("decline", { side: "colleague" })}>
                  {t("flows.try_colleague_busy")}
                </Button>
              </>
            )}
          </div>
        </Note>
      )}
      {state.lines.length > 0 && <Lines lines={state.lines} />}
    </div>
  );
}

function Lines({ lines }: { lines: readonly TrialMessage[] }) {
  const { t, maybe } = useWords();
  const texts = lines.flatMap((line) => {
    const text = textOf(line, t, maybe);
    return text === null ? [] : [text];
  });
  return (
    <div className="trial-lines" role="log" aria-label={t("flows.try_log")} tabIndex={0}>
      <ol>
        {texts.map((text, index) => (
          // lines are only added
          <li key={index}>{text}</li>
        ))}
      </ol>
    </div>
  );
}

function textOf(
  line: TrialMessage,
  t: ReturnType<typeof useWords>["t"],
  maybe: ReturnType<typeof useWords>["maybe"],
): string | null {
  const word = (name: string) => String(line[name] ?? "");
  switch (line.type) {
    case "note": {
      const data = (line.data ?? {}) as Record<string, unknown>;
      if (line.kind === "step") return t("flows.log_step", { step: word("step") });
      if (line.kind === "gather") {
        const given = data.digits ?? data.keyword ?? data.heard;
        const result = String(data.result ?? "");
        return given === undefined || given === null || given === ""
          ? t("flows.log_gather", { result: maybe(`flows.result_${result}`, result) })
          : t("flows.log_answer", { answer: String(given) });
      }
      const verdict = typeof data.verdict === "string" ? maybe(`verdict.${data.verdict}`, data.verdict) : "";
      return [maybe(`flows.log_${word("kind")}`, word("kind")), verdict].filter(Boolean).join(": ");
    }
    case "effect":
      return t("flows.log_effect", {
        effect: maybe(`flows.effect_${word("kind")}`, word("kind")),
        detail: word("url") || word("to") || word("evidence"),
      });
    case "answered":
      return t("flows.log_answered");
    case "ended":
      return t("flows.log_ended", { outcome: maybe(`outcome.${word("outcome")}`, word("outcome")) });
    default:
      return null;
  }
}
