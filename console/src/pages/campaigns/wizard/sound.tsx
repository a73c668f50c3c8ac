// Audio of one's own: from the library, uploaded, recorded in the browser, or by telephone.
import { Mic, Phone, Square } from "lucide-react";
import { useRef, useState } from "react";
import { api, data } from "../../../api/client";
import { useChange, useGet, usePages } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { useFormat } from "../../../i18n/format";
import { Button, Form, Note, ProblemNote, SelectField, TextField, Told, type Option } from "../../../ui";
import { Microphone, wavOf } from "../../flows/microphone";

export function Sound(props: { value: string; onChange: (audio: string) => void }) {
  const { t } = useWords();
  const format = useFormat();
  const library = usePages("/api/v1/audio", "audio", { query: { state: "ready" } }, { limit: 200 });
  const chosen = useGet(
    "/api/v1/audio/{audio_id}",
    { path: { audio_id: props.value } },
    { enabled: props.value !== "", every: (found) => (found?.state === "pending" ? 1_500 : false) },
  );
  const [listening, setListening] = useState<Microphone | null>(null);
  const [refused, setRefused] = useState(false);
  const pieces = useRef<ArrayBuffer[]>([]);
  const touches = ["/api/v1/audio"];
  const upload = useChange(
    async (file: { sound: Blob; name: string }) => {
      const form = new FormData();
      form.append("name", file.name);
      form.append("file", file.sound, "name" in file.sound ? String(file.sound.name) : "recording.wav");
      return data(api.POST("/api/v1/audio", { body: form as never, bodySerializer: (body) => body as never }));
    },
    { touches, onDone: (made) => props.onChange(made.audio_id) },
  );
  const [to, setTo] = useState("");
  const phone = useChange(
    async () => data(api.POST("/api/v1/audio", { body: { to, name: name() } as never })),
    { touches, onDone: (made) => props.onChange(made.audio_id) },
  );
  const name = () => t("campaigns.audio_name", { time: format.short(new Date().toISOString()) });
  const begin = async () => {
    pieces.current = [];
    setRefused(false);
    try {
      setListening(await Microphone.open((samples) => pieces.current.push(samples)));
    } catch {
      setRefused(true);
    }
  };
  const end = () => {
    listening?.close();
    setListening(null);
    if (pieces.current.length > 0) upload.run({ sound: wavOf(pieces.current), name: name() });
  };
  const known: Option[] = library.items.map((each) => [each.audio_id, each.name || each.audio_id] as const);
  const now = chosen.data;
  const also: Option[] = now !== undefined && !known.some(([id]) => id === props.value) ? [[props.value, now.name]] : [];
  return (
    <div className="stack">
      <SelectField
        label={t("campaigns.audio")}
        name="audio"
        value={props.value}
        hint={known.length === 0 ? t("campaigns.audio_none") : undefined}
        onChange={(event) => props.onChange(event.target.value)}
        options={[["", t("campaigns.choose")], ...also, ...known]}
      />
      {now?.state === "pending" && <Note tone="info">{t("campaigns.audio_pending")}</Note>}
      {now?.state === "failed" && <Note tone="bad"><Told text={now.reason ?? ""} /></Note>}
      {now?.state === "ready" && now.links != null && (
        // what is said is the campaign's text, which has no caption of its own
        <audio controls src={new URL(now.links.wav, window.location.href).pathname + new URL(now.links.wav, window.location.href).search} />
      )}
      <div className="columns">
        <TextField
          label={t("campaigns.audio_upload")}
          type="file"
          accept="audio/*"
          disabled={upload.busy}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) upload.run({ sound: file, name: file.name });
          }}
        />
        <div className="stack-small">
          <span className="field-label">{t("campaigns.audio_record")}</span>
          {listening === null ? (
            <Button busy={upload.busy} onClick={() => void begin()}>
              <Mic size={18} aria-hidden="true" />
              {t("campaigns.audio_record")}
            </Button>
          ) : (
            <>
              <span role="status">{t("campaigns.audio_recording")}</span>
              <Button look="primary" onClick={end}>
                <Square size={18} aria-hidden="true" />
                {t("campaigns.audio_stop")}
              </Button>
            </>
          )}
          {refused && <Note tone="warn">{t("campaigns.audio_no_microphone")}</Note>}
        </div>
        <Form
          problem={phone.problem}
          onSubmit={() => phone.run()}
          actions={
            <Button type="submit" busy={phone.busy} disabled={to.trim() === ""}>
              <Phone size={18} aria-hidden="true" />
              {t("campaigns.audio_phone")}
            </Button>
          }
        >
          <TextField label={t("campaigns.audio_phone_to")} name="to" type="tel" value={to} onChange={(event) => setTo(event.target.value)} />
        </Form>
      </div>
      {upload.problem !== null && <ProblemNote problem={upload.problem} />}
    </div>
  );
}
