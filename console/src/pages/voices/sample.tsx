import { Volume2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, data } from "../../api/client";
import { useWords } from "../../i18n";
import { Button, useToast } from "../../ui";

const LONGEST = 200;

/** Speaks the beginning of a text in a voice, as a call would. Without a voice: the account's. */
export function SampleButton(props: { voice: string; text: string; small?: boolean; label?: string }) {
  const { t } = useWords();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const audio = useRef<HTMLAudioElement | null>(null);
  useEffect(() => () => audio.current?.pause(), []);
  const play = async () => {
    setBusy(true);
    try {
      const account = props.voice === "" ? await data(api.GET("/api/v1/account")) : null;
      const name = props.voice === "" ? (account?.organisation.voice ?? "") : props.voice;
      const sample = props.text.slice(0, LONGEST);
      const found = await data(api.GET("/api/v1/voices", { params: { query: { sample, ...(name === "" ? {} : { name }) } } }));
      const url = (found.voices.find((each) => each.name === found.resolved?.voice) ?? found.voices[0])?.sample_url;
      if (!url) throw new Error(t("voices.none"));
      audio.current?.pause();
      audio.current = new Audio(url);
      await audio.current.play();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={() => void play()} small={props.small ?? false} disabled={props.text.trim() === ""}>
      <Volume2 size={18} aria-hidden="true" />
      {props.label ?? t("voices.listen")}
    </Button>
  );
}
