import { Mic, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n";
import { Button, Note } from "../../ui";

/** Records from the microphone; hands the sound over when it was stopped. */
export function Recorder(props: { onRecorded: (sound: Blob) => void }) {
  const { t } = useWords();
  const [recorder, setRecorder] = useState<MediaRecorder | null>(null);
  const [sound, setSound] = useState<string | null>(null);
  const [refused, setRefused] = useState(false);
  const live = useRef<MediaRecorder | null>(null);
  useEffect(() => () => live.current?.stream.getTracks().forEach((track) => track.stop()), []);
  useEffect(() => () => (sound === null ? undefined : URL.revokeObjectURL(sound)), [sound]);
  const begin = async () => {
    setRefused(false);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
    } catch {
      setRefused(true);
      return;
    }
    const made = new MediaRecorder(stream);
    const parts: Blob[] = [];
    made.ondataavailable = (event) => parts.push(event.data);
    made.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const whole = new Blob(parts, { type: made.mimeType });
      setSound(URL.createObjectURL(whole));
      setRecorder(null);
      props.onRecorded(whole);
    };
    made.start();
    live.current = made;
    setRecorder(made);
  };
  return (
    <div className="stack-small">
      {refused && <Note tone="warn">{t("audio.no_microphone")}</Note>}
      <div className="row">
        {recorder === null ? (
          <Button onClick={() => void begin()}>
            <Mic size={18} aria-hidden="true" />
            {t(sound === null ? "audio.record" : "audio.record_again")}
          </Button>
        ) : (
          <Button look="danger" onClick={() => recorder.stop()}>
            <Square size={18} aria-hidden="true" />
            {t("audio.stop")}
          </Button>
        )}
        {recorder !== null && <span role="status">{t("audio.recording")}</span>}
      </div>
      {sound !== null && <audio controls src={sound} aria-label={t("audio.your_recording")} />}
    </div>
  );
}
