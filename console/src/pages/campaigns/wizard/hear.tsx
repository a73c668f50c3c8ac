// A text, spoken at once in its voice with one person's values: by the machine that speaks in calls.
import { Square, Volume2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../../i18n";
import { Button, Note } from "../../../ui";
import { Trial } from "../../flows/trial";

export function Hear(props: { text: string; voice: string; values: Record<string, string>; label?: string }) {
  const { t } = useWords();
  const [speaking, setSpeaking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const trial = useRef<Trial | null>(null);
  useEffect(() => () => trial.current?.close(), []);
  const begin = () => {
    setFault(null);
    setSpeaking(true);
    const flow = { ...(props.voice ? { voice: props.voice } : {}), steps: [{ type: "say", text: props.text }] };
    const made: Trial = new Trial(
      { flow, variables: props.values, answered_by: "person" },
      {
        message: (message) => {
          if (message.type === "ringing") made.say("answer");
        },
        refused: (refusal) => setFault(refusal.errors[0]?.message ?? refusal.detail),
        closed: () => setSpeaking(false),
      },
    );
    trial.current = made;
  };
  return (
    <div className="stack-small">
      <div>
        {speaking ? (
          <Button onClick={() => trial.current?.close()}>
            <Square size={16} aria-hidden="true" />
            {t("common.pause")}
          </Button>
        ) : (
          <Button disabled={props.text.trim() === ""} onClick={begin}>
            <Volume2 size={18} aria-hidden="true" />
            {props.label ?? t("campaigns.hear")}
          </Button>
        )}
      </div>
      {fault !== null && (
        <Note tone="bad" role="alert">
          {fault}
        </Note>
      )}
    </div>
  );
}
