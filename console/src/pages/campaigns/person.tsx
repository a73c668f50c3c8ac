// One person of a campaign's list: their calls, why and when they may be called, and what happened.
import { Link, useNavigate, useParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Badge, Button, Card, Confirm, Empty, Facts, Table, Time, Told, useToast } from "../../ui";
import { CallState } from "../calls/state";
import { Timeline } from "../calls/timeline";
import { useCampaign } from "./campaign";

const PATH = "/api/v1/campaigns/{campaign_id}/recipients/{recipient_id}";
type Recipient = Answer<typeof PATH>;

export default function Person() {
  const { t } = useWords();
  const { summary } = useCampaign();
  const { recipientId = "" } = useParams();
  const person = useGet(
    PATH,
    { path: { campaign_id: summary.campaign_id, recipient_id: recipientId } },
    { every: (found) => (found === undefined || found.state === "done" ? false : 5_000) },
  );
  return (
    <div className="stack">
      <div className="crumbs">
        <Link to={`/campaigns/${summary.campaign_id}/people`}>← {t("campaigns.people")}</Link>
      </div>
      <Await query={person}>
        {(found) => (
          <div className="columns">
            <div className="stack">
              <Card title={found.to} actions={<TakeOut of={found} />}>
                <Standing of={found} />
              </Card>
              <Calls of={found} />
            </div>
            <Card title={t("calls.timeline")}>
              <Timeline events={found.events} />
            </Card>
          </div>
        )}
      </Await>
    </div>
  );
}

function Standing({ of: found }: { of: Recipient }) {
  const { t, maybe } = useWords();
  const format = useFormat();
  return (
    <Facts
      of={[
        [
          t("common.status"),
          found.outcome === null ? (
            <Badge key="state">{maybe(`campaigns.person_${found.state}`, found.state)}</Badge>
          ) : (
            <CallState key="state" status="done" outcome={found.outcome} />
          ),
        ],
        [t("calls.reason"), found.reason === null ? undefined : <Told key="reason" text={found.reason} />],
        ["#", format.number(found.position)],
        [t("campaigns.column_other"), found.other_numbers.join(", ") || undefined],
        [t("campaigns.zone"), found.time_zones.join(", ").replaceAll("_", " ")],
        [t("campaigns.person_again"), found.again_at === null ? undefined : <Time key="again" at={found.again_at} exact />],
        [t("campaigns.ended_at"), found.ended_at === null ? undefined : <Time key="ended" at={found.ended_at} exact />],
        [
          t("campaigns.contact"),
          found.contact_id === null ? undefined : (
            <Link key="contact" to={`/contacts/${found.contact_id}`}>
              {t("contacts.history")}
            </Link>
          ),
        ],
        ...Object.entries(found.variables),
      ]}
    />
  );
}

function Calls({ of: found }: { of: Recipient }) {
  const { t } = useWords();
  const format = useFormat();
  return (
    <Card title={t("calls.title")} bare>
      {found.calls.length === 0 ? (
        <Empty title={t("campaigns.not_called")}>{t("campaigns.not_called_text")}</Empty>
      ) : (
        <Table
          label={t("calls.title")}
          rows={found.calls}
          id={(call) => call.call_id}
          columns={[
            { head: t("calls.when"), cell: (call) => <Link to={`/calls/${call.call_id}`}>{format.short(call.created_at)}</Link> },
            { head: t("calls.outcome"), cell: (call) => <CallState status={call.status} outcome={call.outcome} /> },
            { head: t("calls.answer"), cell: (call) => call.dtmf_response ?? "" },
            { head: t("calls.attempts"), number: true, cell: (call) => format.number(call.attempt_count) },
          ]}
        />
      )}
    </Card>
  );
}

/** Whoever was not called yet can be taken off the list. */
function TakeOut({ of: found }: { of: Recipient }) {
  const { t } = useWords();
  const { may } = useSession();
  const navigate = useNavigate();
  const say = useToast();
  const path = { campaign_id: found.campaign_id, recipient_id: found.recipient_id };
  const take = useChange(() => api.DELETE(PATH, { params: { path } }), {
    touches: ["/api/v1/campaigns/{campaign_id}/recipients", "/api/v1/campaigns/{campaign_id}"],
    onDone: () => {
      say(t("campaigns.taken_out"));
      void navigate(`/campaigns/${found.campaign_id}/people`);
    },
  });
  if (!may("campaigns:write") || found.state !== "waiting" || found.calls.length > 0) return null;
  return (
    <Confirm
      title={t("campaigns.take_out_title", { to: found.to })}
      action={t("campaigns.take_out")}
      trigger={<Button small>{t("campaigns.take_out")}</Button>}
      onConfirm={() => take.runAsync()}
    />
  );
}
