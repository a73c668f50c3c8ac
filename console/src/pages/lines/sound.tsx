import { Pause, Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n";
import { Button } from "../../ui";

let playing: HTMLAudioElement | null = null;

/** A button that plays a sound; one plays at a time. */
export function Sound(props: { src: string; name: string }) {
  const { t } = useWords();
  const audio = useRef<HTMLAudioElement | null>(null);
  const [on, setOn] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  const toggle = () => {
    if (on) {
      audio.current?.pause();
      return;
    }
    playing?.pause();
    const made = new Audio(props.src);
    made.onplay = () => setOn(true);
    made.onpause = () => setOn(false);
    audio.current = made;
    playing = made;
    void made.play().catch(() => setOn(false));
  };
  return (
    <Button small icon aria-label={`${t(on ? "common.pause" : "common.play")}: ${props.name}`} onClick={toggle}>
      {on ? <Pause size={16} aria-hidden="true" /> : <Play size={16} aria-hidden="true" />}
    </Button>
  );
}
