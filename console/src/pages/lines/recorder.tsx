import { Mic, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n";
import { Button, Note } from "../../ui";
import { Microphone, wavOf } from "../flows/microphone";

/** Records from the microphone; hands the sound over, as a WAV file, when it was stopped. */
export function Recorder(props: { onRecorded: (sound: Blob) => void }) {
  const { t } = useWords();
  const [live, setLive] = useState<Microphone | null>(null);
  const [sound, setSound] = useState<string | null>(null);
  const [refused, setRefused] = useState(false);
  const pieces = useRef<ArrayBuffer[]>([]);
  useEffect(() => () => live?.close(), [live]);
  useEffect(() => () => (sound === null ? undefined : URL.revokeObjectURL(sound)), [sound]);
  const begin = async () => {
    setRefused(false);
    pieces.current = [];
    try {
      setLive(await Microphone.open((samples) => pieces.current.push(samples)));
    } catch {
      setRefused(true);
    }
  };
  const end = () => {
    setLive(null);
    // browsers record in formats of their own, which differ: a WAV file is read everywhere
    const whole = wavOf(pieces.current);
    setSound(URL.createObjectURL(whole));
    props.onRecorded(whole);
  };
  return (
    <div className="stack-small">
      {refused && <Note tone="warn">{t("audio.no_microphone")}</Note>}
      <div className="row">
        {live === null ? (
          <Button onClick={() => void begin()}>
            <Mic size={18} aria-hidden="true" />
            {t(sound === null ? "audio.record" : "audio.record_again")}
          </Button>
        ) : (
          <Button look="danger" onClick={end}>
            <Square size={18} aria-hidden="true" />
            {t("audio.stop")}
          </Button>
        )}
        {live !== null && <span role="status">{t("audio.recording")}</span>}
      </div>
      {sound !== null && live === null && <audio controls src={sound} aria-label={t("audio.your_recording")} />}
    </div>
  );
}
