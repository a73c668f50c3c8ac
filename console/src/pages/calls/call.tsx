import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { api } from "../../api/client";
import { keyOf, queries, useChange, useGet, type Answer } from "../../api/queries";
import { useWords, type Words } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Badge, Button, Card, Code, Confirm, Facts, Page, Table, Time, Told, useToast } from "../../ui";
import { Decisions } from "./decisions";
import { pressed, text, useCallEvents, type CallEvent } from "./events";
import { Recording } from "./recording";
import { answered, instant } from "./moments";
import { CallState } from "./state";
import { Timeline } from "./timeline";
import type { Mark } from "./player";

type CallDetail = Answer<"/api/v1/calls/{call_id}">;

export default function Call() {
  const words = useWords();
  const { t } = words;
  const { callId = "" } = useParams();
  const parameters = { path: { call_id: callId } };
  const call = useGet("/api/v1/calls/{call_id}", parameters);
  const { events } = useCallEvents(callId);
  const count = events.length;
  useEffect(() => {
    // each event may have changed what the call says of itself
    if (count > 0) void queries.invalidateQueries({ queryKey: keyOf("/api/v1/calls/{call_id}", { path: { call_id: callId } }) });
  }, [count, callId]);
  return (
    <Await query={call}>
      {(found) => (
        <Page
          title={found.to}
          from={[t("calls.title"), "/calls"]}
          actions={found.outcome === null ? <Cancel call={found} /> : undefined}
        >
          <div className="columns">
            <div className="stack">
              <Card title={t("calls.summary")}>
                <Summary call={found} />
              </Card>
              {found.recordings.map((recording) => (
                <Card key={recording.recording_id} title={t("calls.recording")}>
                  <Recording id={recording.recording_id} marks={marksOf(events, words)} />
                </Card>
              ))}
              <Decisions title={t("calls.decisions")} decisions={found.decisions} />
              {Object.keys(found.variables).length > 0 && (
                <Card title={t("calls.variables")}>
                  <Facts of={Object.entries(found.variables)} />
                </Card>
              )}
              {Object.keys(found.metadata).length > 0 && (
                <Card title={t("calls.metadata")}>
                  <Code text={JSON.stringify(found.metadata, null, 2)} label={t("calls.metadata")} />
                </Card>
              )}
              <Deliveries call={found} />
            </div>
            <div className="stack">
              <Card title={t("calls.timeline")}>
                <Timeline events={events} />
              </Card>
            </div>
          </div>
        </Page>
      )}
    </Await>
  );
}

function Summary({ call }: { call: CallDetail }) {
  const { t, maybe } = useWords();
  const format = useFormat();
  const attempt = call.attempts.at(-1);
  const heard = attempt?.machine_detection ?? null;
  return (
    <Facts
      of={[
        [
          t("calls.outcome"),
          <span className="row" key="outcome">
            <CallState status={call.status} outcome={call.outcome} />
            {call.sandbox && <Badge>{t("common.sandbox")}</Badge>}
          </span>,
        ],
        [t("calls.reason"), call.reason === null ? undefined : <Told key="reason" text={call.reason} />],
        [t("calls.answer"), call.dtmf_response ?? undefined],
        [
          t("calls.who_answered"),
          heard === null
            ? undefined
            : `${maybe(`verdict.${heard.verdict}`, heard.verdict)}${
                heard.seconds === null ? "" : ` (${t("calls.found_after", { seconds: format.decimal(heard.seconds) })})`
              }`,
        ],
        [t("calls.length"), call.duration_seconds === null ? undefined : format.length(call.duration_seconds)],
        [t("calls.cost"), call.price === null || call.currency === null ? undefined : format.money(call.price, call.currency)],
        [t("calls.direction"), t(call.direction === "inbound" ? "direction.inbound" : "direction.outbound")],
        [t("calls.from"), call.from],
        [t("calls.when"), <Time key="when" at={call.created_at} exact />],
        [t("calls.attempts"), call.attempt_count > 1 ? format.number(call.attempt_count) : undefined],
        [
          t("calls.campaign"),
          call.campaign_id === null ? undefined : (
            <Link key="campaign" to={`/campaigns/${call.campaign_id}`}>
              {t("calls.to_campaign")}
            </Link>
          ),
        ],
        ["ID", <code key="id">{call.call_id}</code>],
      ]}
    />
  );
}

function Cancel({ call }: { call: CallDetail }) {
  const { t } = useWords();
  const { may } = useSession();
  const say = useToast();
  if (!may("calls:write")) return null;
  return (
    <Confirm
      title={t("calls.cancel_title")}
      action={t("calls.cancel")}
      trigger={<Button look="danger">{t("calls.cancel")}</Button>}
      onConfirm={async () => {
        await api.POST("/api/v1/calls/{call_id}/cancel", { params: { path: { call_id: call.call_id } } });
        say(t("calls.cancel_done"));
      }}
    >
      <p>{t("calls.cancel_text")}</p>
    </Confirm>
  );
}

const TONES = { pending: "warn", delivered: "good", failed: "bad" } as const;

function Deliveries({ call }: { call: CallDetail }) {
  const { t, maybe } = useWords();
  const say = useToast();
  const path = "/api/v1/calls/{call_id}/deliveries";
  const { may } = useSession();
  const deliveries = useGet(path, { path: { call_id: call.call_id } }, { enabled: may("deliveries:read") });
  const replay = useChange(
    (id: string) => api.POST("/api/v1/deliveries/{delivery_id}/replay", { params: { path: { delivery_id: id } } }),
    { touches: [path], onDone: () => say(t("calls.replayed")) },
  );
  const found = deliveries.data?.deliveries ?? [];
  if (found.length === 0) return null;
  return (
    <Card title={t("calls.deliveries")} bare>
      <Table
        label={t("calls.deliveries")}
        rows={found}
        id={(delivery) => delivery.delivery_id}
        columns={[
          {
            head: t("calls.event"),
            cell: (delivery) => (
              <span className="stack-small">
                <span className="row">
                  <code>{delivery.event}</code>
                  <Badge tone={TONES[delivery.state as keyof typeof TONES] ?? "plain"}>
                    {maybe(`webhooks.state_${delivery.state}`, delivery.state)}
                  </Badge>
                </span>
                {delivery.error !== null ? (
                  <span className="small soft"><Told text={delivery.error} /></span>
                ) : (
                  delivery.response_status !== null && <span className="small soft">HTTP {delivery.response_status}</span>
                )}
              </span>
            ),
          },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (delivery) =>
              may("deliveries:write") ? (
                <Button small busy={replay.busy} onClick={() => replay.run(delivery.delivery_id)}>
                  {t("calls.replay")}
                </Button>
              ) : (
                ""
              ),
          },
        ]}
      />
    </Card>
  );
}

/** What is written on the waveform: keys, words and the detector's verdict, in seconds after the answer. */
function marksOf(events: readonly CallEvent[], { t, maybe }: Words): Mark[] {
  const zero = answered(events);
  if (zero === null) return [];
  const marks: Mark[] = [];
  for (const event of events) {
    const at = (instant(event) - zero) / 1000;
    const said = text(event, "heard");
    if (said !== null && (event.type === "call.dtmf" || event.type === "call.step")) {
      marks.push({ at, label: t("calls.said", { words: said }) });
    } else if (event.type === "call.dtmf") {
      marks.push({ at, label: t("calls.pressed", { digits: pressed(event) ?? "" }) });
    } else if (event.type === "call.machine_detection") {
      const verdict = text(event, "verdict") ?? "";
      // its own measure, in the sound; the event comes when it has been written down
      marks.push({ at: Number(text(event, "seconds") ?? at), label: maybe(`verdict.${verdict}`, verdict) });
    }
  }
  return marks.filter((mark) => mark.at >= 0);
}
