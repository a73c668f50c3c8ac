// A campaign as it happens.
import { Copy, Pause, Play, Square, Trash2 } from "lucide-react";
import { Suspense, lazy, useEffect, useState, type ReactNode } from "react";
import { Link, Outlet, useNavigate, useOutletContext, useParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, queries, type Answer } from "../../api/queries";
import type { components } from "../../api/schema";
import { useStream } from "../../api/stream";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, CheckField, Confirm, Empty, Page, ProblemNote, Progress, Stat, Table, TabLinks, Time, Told, useToast,
} from "../../ui";
import { CallState } from "../calls/state";
import { Answers } from "./answers";
import { Breaker } from "./breaker";
import { GROUPS, grouped } from "./outcomes";
import { Retry } from "./retry";
import { CampaignState } from "./state";
import "./campaigns.css";

const Charts = lazy(() => import("./charts"));

type Detail = Answer<"/api/v1/campaigns/{campaign_id}">;
type Live = components["schemas"]["LiveView"];
type Summary = components["schemas"]["CampaignSummary"];
const OVER = new Set(["completed", "cancelled"]);

interface Shown {
  detail: Detail;
  summary: Summary;
  live: Live | null;
}
export const useCampaign = () => useOutletContext<Shown>();

/** What surrounds the pages of a campaign: its name, its state, what can be done with it. */
export default function Campaign() {
  const { t } = useWords();
  const { campaignId = "" } = useParams();
  const path = { path: { campaign_id: campaignId } };
  const detail = useGet("/api/v1/campaigns/{campaign_id}", path);
  const [live, setLive] = useState<Live | null>(null);
  useEffect(() => setLive(null), [campaignId]);
  const problem = useStream(
    detail.data === undefined || detail.data.state === "draft" ? null : `/api/v1/campaigns/${campaignId}/live`,
    (event) => setLive(event.data as Live),
  );
  const state = live?.campaign.state;
  useEffect(() => {
    if (state === undefined) return;
    void queries.invalidateQueries({ queryKey: ["/api/v1/campaigns/{campaign_id}"] });
    void queries.invalidateQueries({ queryKey: ["/api/v1/campaigns/{campaign_id}/report"] });
  }, [state]);
  return (
    <Await query={detail}>
      {(found) => {
        const summary: Summary = live !== null && live.campaign.campaign_id === campaignId ? live.campaign : found;
        const base = `/campaigns/${campaignId}`;
        return (
          <Page
            title={found.name}
            from={[t("campaigns.title"), "/campaigns"]}
            description={
              <span className="row">
                <CampaignState state={summary.state} held={summary.held} />
                {summary.sandbox && <Badge>{t("common.sandbox")}</Badge>}
                {summary.state_reason !== null && <span><Told text={summary.state_reason} /></span>}
              </span>
            }
            actions={<Actions campaign={summary} />}
          >
            {problem !== null && <ProblemNote problem={problem} />}
            <TabLinks
              label={found.name}
              tabs={[
                [base, OVER.has(summary.state) ? t("campaigns.tab_overview") : t("campaigns.tab_live")],
                [`${base}/report`, t("campaigns.tab_report")],
                [`${base}/people`, t("campaigns.tab_people")],
                ...(found.goal === null ? [] : [[`${base}/accepts`, t("campaigns.tab_accepts")] as const]),
              ]}
            />
            <Outlet context={{ detail: found, summary, live } satisfies Shown} />
          </Page>
        );
      }}
    </Await>
  );
}

/** The first of them: how far it is, who is in the air, what came of it. */
export function LivePage() {
  const { t, maybe } = useWords();
  const format = useFormat();
  const { detail, summary, live } = useCampaign();
  const over = OVER.has(summary.state);
  const standing = summary.recipients;
  const sums = grouped(summary.stats.outcomes);
  const report = useGet(
    "/api/v1/campaigns/{campaign_id}/report",
    { path: { campaign_id: summary.campaign_id } },
    { every: summary.state === "running" ? 5_000 : false },
  );
  return (
    <div className="stack">
      <Breaker campaignId={summary.campaign_id} state={summary.state} part="warning" />
      <Card>
        <div className="live-head">
          <Stat label={t("campaigns.progress")} value={format.percent(summary.progress)} hint={t("campaigns.done_of", { done: standing.done, total: standing.total })} />
          <Stat label={t("campaigns.in_the_air")} value={format.number(live?.calls.length === 50 ? standing.active : (live?.calls.length ?? standing.active))} />
          <Stat label={t("campaigns.waiting")} value={format.number(standing.waiting + standing.again)} hint={standing.again > 0 ? t("campaigns.again", { count: standing.again }) : undefined} />
          <Stat label={t("campaigns.reached")} value={format.number(sums.reached)} />
          <Stat label={t("campaigns.talked")} value={format.length(summary.stats.seconds)} />
        </div>
        <Progress part={summary.progress} label={t("campaigns.progress")} />
        <p className="soft small" role="status">
          {summary.filling
            ? t("campaigns.filling")
            : !over && live?.estimated_end_at
              ? t("campaigns.ends", { time: format.short(live.estimated_end_at) })
              : summary.ended_at
                ? t("campaigns.ended", { time: format.short(summary.ended_at) })
                : detail.schedule.starts_at && summary.state === "scheduled"
                  ? t("campaigns.starts", { time: format.short(String(detail.schedule.starts_at)) })
                  : " "}
        </p>
      </Card>
      <div className="columns">
        <Card title={t("campaigns.outcomes")}>
          <Legend sums={sums} />
          <ul className="legend">
            {Object.entries(summary.stats.outcomes)
              .sort(([, one], [, other]) => other - one)
              .map(([outcome, count]) => (
                <li key={outcome}>
                  <span />
                  <span>{maybe(`outcome.${outcome}`, outcome)}</span>
                  <span className="tabular">{format.number(count)}</span>
                  <span />
                </li>
              ))}
          </ul>
          {standing.done === 0 && <p className="soft">{t("campaigns.no_outcome")}</p>}
        </Card>
        <Card title={t("campaigns.answers")}>
          <Answers answers={summary.stats.answers} />
        </Card>
      </div>
      <Card title={t("campaigns.over_time")}>
        <Await query={report}>
          {(found) => (
            <Suspense fallback={<div className="chart" />}>
              <Charts report={found} only="time" />
            </Suspense>
          )}
        </Await>
      </Card>
      {!over && <InTheAir live={live} active={standing.active} />}
      <Breaker campaignId={summary.campaign_id} state={summary.state} part="terms" />
    </div>
  );
}

function InTheAir({ live, active }: { live: Live | null; active: number }) {
  const { t } = useWords();
  const calls = live?.calls ?? [];
  return (
    <Card title={t("campaigns.calls_now")} bare>
      {calls.length === 0 ? (
        <Empty title={t("campaigns.quiet")}>{t("campaigns.quiet_text")}</Empty>
      ) : (
        <>
          <Table
            label={t("campaigns.calls_now")}
            rows={calls}
            id={(call) => call.call_id}
            columns={[
              { head: t("calls.to"), cell: (call) => <Link to={`/calls/${call.call_id}`}>{call.to}</Link> },
              { head: t("calls.state"), cell: (call) => <CallState status={call.status} outcome={null} /> },
              { head: t("calls.answer"), cell: (call) => call.dtmf_response ?? "" },
              { head: t("campaigns.since"), cell: (call) => <Time at={call.since} /> },
            ]}
          />
          {active > calls.length && <div className="table-foot">{t("campaigns.newest", { shown: calls.length, count: active })}</div>}
        </>
      )}
    </Card>
  );
}

/** How many of each group, with the colour of the charts. */
export function Legend({ sums }: { sums: ReturnType<typeof grouped> }) {
  const { t } = useWords();
  const format = useFormat();
  const total = Object.values(sums).reduce((sum, each) => sum + each, 0);
  return (
    <>
      {total > 0 && (
        <div className="share-bar" aria-hidden="true">
          {GROUPS.map((group) => (
            <span key={group} className={`swatch-${group}`} style={{ flexGrow: sums[group] }} />
          ))}
        </div>
      )}
      <ul className="legend">
        {GROUPS.map((group) => (
          <li key={group}>
            <span className={`swatch swatch-${group}`} aria-hidden="true" />
            <span>{t(`campaigns.group_${group}`)}</span>
            <strong className="tabular">{format.number(sums[group])}</strong>
            <span className="soft small tabular">{total > 0 ? format.percent(sums[group] / total) : ""}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Actions({ campaign }: { campaign: Summary }) {
  const { t } = useWords();
  const { may } = useSession();
  const say = useToast();
  const navigate = useNavigate();
  const [hangUp, setHangUp] = useState(false);
  const params = { params: { path: { campaign_id: campaign.campaign_id } } };
  const touches = ["/api/v1/campaigns", "/api/v1/campaigns/{campaign_id}"];
  const act = useChange(
    (what: "start" | "pause" | "resume") => {
      if (what === "start") return api.POST("/api/v1/campaigns/{campaign_id}/start", params);
      return what === "pause"
        ? api.POST("/api/v1/campaigns/{campaign_id}/pause", params)
        : api.POST("/api/v1/campaigns/{campaign_id}/resume", params);
    },
    { touches },
  );
  const clone = useChange(
    async () => data(api.POST("/api/v1/campaigns/{campaign_id}/clone", { ...params, body: { recipients: true } })),
    { touches, onDone: (made) => void navigate(`/campaigns/${made.campaign_id}`) },
  );
  if (!may("campaigns:write") || campaign.kind !== "campaign") return null;
  const { state } = campaign;
  const button = (what: "start" | "pause" | "resume", label: string, icon: ReactNode, look: "primary" | "plain") => (
    <Button look={look} busy={act.busy} onClick={() => act.run(what)}>
      {icon}
      {label}
    </Button>
  );
  const problem = act.problem ?? clone.problem;
  return (
    <>
      {problem !== null && <ProblemNote problem={problem} />}
      {(state === "draft" || state === "scheduled") && button("start", t("campaigns.start"), <Play size={18} aria-hidden="true" />, "primary")}
      {(state === "running" || state === "scheduled") && button("pause", t("campaigns.pause"), <Pause size={18} aria-hidden="true" />, "plain")}
      {state === "paused" && button("resume", t("campaigns.resume"), <Play size={18} aria-hidden="true" />, "primary")}
      <Retry campaign={campaign} />
      <Button busy={clone.busy} onClick={() => clone.run()}>
        <Copy size={18} aria-hidden="true" />
        {t("campaigns.clone")}
      </Button>
      {!OVER.has(state) && state !== "draft" && (
        <Confirm
          title={t("campaigns.cancel_title")}
          action={t("campaigns.cancel")}
          trigger={
            <Button look="danger">
              <Square size={18} aria-hidden="true" />
              {t("campaigns.cancel")}
            </Button>
          }
          onConfirm={async () => {
            await api.POST("/api/v1/campaigns/{campaign_id}/cancel", { ...params, body: { hang_up: hangUp } });
            await queries.invalidateQueries({ queryKey: ["/api/v1/campaigns/{campaign_id}"] });
            say(t("campaigns.cancelled"));
          }}
        >
          <p>{t("campaigns.cancel_text")}</p>
          <CheckField label={t("campaigns.hang_up")} checked={hangUp} onChange={(event) => setHangUp(event.target.checked)} />
        </Confirm>
      )}
      {state === "draft" && (
        <Confirm
          title={t("campaigns.delete_title")}
          action={t("common.delete")}
          trigger={
            <Button look="danger">
              <Trash2 size={18} aria-hidden="true" />
              {t("common.delete")}
            </Button>
          }
          onConfirm={async () => {
            await api.DELETE("/api/v1/campaigns/{campaign_id}", params);
            await navigate("/campaigns");
          }}
        />
      )}
    </>
  );
}
