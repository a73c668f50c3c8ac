import { Phone, PhoneCall, PhoneOff, Voicemail } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data, inSandbox } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords, type Key } from "../../i18n";
import { Button, ButtonLink, Card, Form, Note, Page, SelectField, TextArea, TextField } from "../../ui";
import { Recording } from "../calls/recording";
import { useCallEvents } from "../calls/events";
import { CallState } from "../calls/state";
import { Timeline } from "../calls/timeline";
import { SampleButton } from "../voices/sample";
import { HANDSETS, LAB_CALLER } from "./handsets";
import "../calls/calls.css";

const MESSAGES: readonly [Key, Key][] = [
  ["start.message_appointment", "start.text_appointment"],
  ["start.message_closed", "start.text_closed"],
  ["start.message_survey", "start.text_survey"],
];

/** Pick a message, pick a telephone, press call, watch. */
export default function Start() {
  const { t } = useWords();
  const [message, setMessage] = useState(() => t("start.text_appointment"));
  const voices = useGet("/api/v1/voices", {}, { staleTime: 600_000 });
  const [voice, setVoice] = useState("");
  const [phone, setPhone] = useState(HANDSETS[0]?.number ?? "");
  const [own, setOwn] = useState("");
  const [callId, setCallId] = useState<string | null>(null);
  const real = phone === "own";
  const call = useChange(
    async () => {
      const body = {
        to: real ? own : phone,
        message,
        ...(voice === "" ? {} : { voice }),
        ...(real ? {} : { from: LAB_CALLER, record: true }),
        machine_detection: { mode: "same" as const },
        dtmf: {
          "1": { action: "say" as const, text: t("start.thanks_1") },
          "2": { action: "say" as const, text: t("start.thanks_2") },
        },
      };
      return data(api.POST("/api/v1/calls", { body, headers: real ? {} : inSandbox }));
    },
    { touches: ["/api/v1/calls"], onDone: (made) => setCallId((made as { call_id: string }).call_id) },
  );
  return (
    <Page title={t("nav.start")} description={t("start.description")}>
      <div className="columns">
        <Card title={t("start.step_message")}>
          <Form
            wide
            onSubmit={() => call.run()}
            problem={call.problem}
            actions={
              <Button type="submit" look="primary" busy={call.busy}>
                <PhoneCall size={18} aria-hidden="true" />
                {t(real ? "start.call_me" : "start.call_lab")}
              </Button>
            }
          >
            <div className="row">
              {MESSAGES.map(([label, text]) => (
                <Button key={label} small onClick={() => setMessage(t(text))} aria-pressed={message === t(text)}>
                  {t(label)}
                </Button>
              ))}
            </div>
            <TextArea
              label={t("start.message")}
              name="message"
              value={message}
              rows={4}
              maxLength={1000}
              onChange={(event) => setMessage(event.target.value)}
            />
            <div className="row" style={{ alignItems: "end" }}>
              <div className="grow">
                <SelectField
                  label={t("start.voice")}
                  name="voice"
                  value={voice}
                  onChange={(event) => setVoice(event.target.value)}
                  options={[
                    ["", t("start.voice_account")],
                    ...(voices.data?.voices ?? []).map((each) => [each.name, `${each.name} (${each.language})`] as const),
                  ]}
                />
              </div>
              <SampleButton voice={voice} text={message} />
            </div>
            <fieldset className="choices">
              <legend>{t("start.step_phone")}</legend>
              {HANDSETS.map((handset) => (
                <Choice
                  key={handset.number}
                  value={handset.number}
                  chosen={phone}
                  onChoose={setPhone}
                  label={t(handset.label)}
                  hint={t(handset.hint)}
                />
              ))}
              <Choice
                value="own"
                chosen={phone}
                onChoose={setPhone}
                label={t("start.own_phone")}
                hint={t("start.own_phone_hint")}
              />
            </fieldset>
            {real && (
              <TextField
                label={t("start.own_number")}
                name="to"
                type="tel"
                autoComplete="tel"
                placeholder="+12125550100"
                value={own}
                onChange={(event) => setOwn(event.target.value)}
              />
            )}
          </Form>
        </Card>
        <Card title={t("start.step_watch")}>
          {callId === null ? <Note>{t("start.watch_empty")}</Note> : <Watched key={callId} callId={callId} />}
        </Card>
      </div>
      <Card title={t("start.next")}>
        <div className="columns-narrow">
          <Next to="/campaigns" label="nav.campaigns" text="start.next_campaign" />
          <Next to="/contacts" label="nav.contacts" text="start.next_contacts" />
          <Next to="/numbers" label="nav.numbers" text="start.next_numbers" />
          <Next to="/keys" label="nav.keys" text="start.next_keys" />
        </div>
      </Card>
    </Page>
  );
}

function Choice(props: { value: string; chosen: string; onChoose: (value: string) => void; label: string; hint: string }) {
  return (
    <label className="choice">
      <input
        type="radio"
        name="phone"
        value={props.value}
        checked={props.chosen === props.value}
        onChange={() => props.onChoose(props.value)}
      />
      <span className="stack-small">
        <strong>{props.label}</strong>
        <span className="soft small">{props.hint}</span>
      </span>
    </label>
  );
}

function Next(props: { to: string; label: Key; text: Key }) {
  const { t } = useWords();
  return (
    <div className="stack-small">
      <h3>
        <Link to={props.to}>{t(props.label)}</Link>
      </h3>
      <p className="soft">{t(props.text)}</p>
    </div>
  );
}

/** A call as it happens, then what was recorded of it. */
function Watched(props: { callId: string }) {
  const { t } = useWords();
  const { events, ended } = useCallEvents(props.callId);
  const call = useGet(
    "/api/v1/calls/{call_id}",
    { path: { call_id: props.callId } },
    { every: (found) => (found !== undefined && found.outcome !== null ? false : 1_000) },
  );
  const status = call.data?.status ?? "queued";
  const Icon = ended ? (call.data?.outcome === "busy" ? PhoneOff : status === "voicemail" ? Voicemail : PhoneCall) : Phone;
  const recording = call.data?.recordings[0];
  return (
    <div className="stack">
      <div className="call-now" role="status" aria-live="polite">
        <span className={status === "ringing" || status === "dialing" ? "call-now-icon call-now-ringing" : "call-now-icon"}>
          <Icon size={28} aria-hidden="true" />
        </span>
        <strong className="tabular">{call.data?.to}</strong>
        <CallState status={status} outcome={call.data?.outcome ?? null} />
      </div>
      {recording !== undefined && ended && (
        <div className="stack-small">
          <h3>{t("start.hear")}</h3>
          <Recording id={recording.recording_id} />
        </div>
      )}
      <Timeline events={events} />
      {ended && (
        <div>
          <ButtonLink to={`/calls/${props.callId}`}>{t("start.open_call")}</ButtonLink>
        </div>
      )}
    </div>
  );
}
