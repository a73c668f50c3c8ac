// What somebody sees who was sent a link: a campaign's numbers, without an account.
import { Suspense, lazy } from "react";
import { useParams } from "react-router";
import { useGet } from "../../api/queries";
import { asProblem } from "../../api/problem";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, Card, Empty, Facts, Loading, Page, Stat, Time, Told } from "../../ui";
import { Answers } from "../campaigns/answers";
import { Legend } from "../campaigns/campaign";
import { grouped } from "../campaigns/outcomes";
import { CampaignState } from "../campaigns/state";
import "../campaigns/campaigns.css";

const Charts = lazy(() => import("../campaigns/charts"));

export default function Shared() {
  const { t } = useWords();
  const { token = "" } = useParams();
  const found = useGet("/api/v1/shared-results/{token}", { path: { token } }, { staleTime: Infinity });
  return (
    <main className="paper" id="content">
      {found.data !== undefined ? (
        <Results results={found.data} />
      ) : found.error !== null ? (
        <Page title={t("campaigns.shared_gone")}>
          <Card bare>
            <Empty title={t("campaigns.shared_gone")}><Told text={asProblem(found.error).detail} /></Empty>
          </Card>
        </Page>
      ) : (
        <Loading />
      )}
    </main>
  );
}

function Results({ results }: { results: NonNullable<ReturnType<typeof useGet<"/api/v1/shared-results/{token}">>["data"]> }) {
  const { t } = useWords();
  const format = useFormat();
  const sums = grouped(results.stats.outcomes);
  return (
    <Page
      title={results.name}
      description={
        <span className="row">
          {results.organisation} <CampaignState state={results.state} />
        </span>
      }
      actions={
        <span className="no-print">
          <Button onClick={() => window.print()}>{t("campaigns.print")}</Button>
        </span>
      }
    >
      <Card>
        <div className="live-head">
          <Stat label={t("campaigns.people")} value={format.number(results.recipients.total)} />
          <Stat label={t("campaigns.progress")} value={format.percent(results.recipients.total > 0 ? results.recipients.done / results.recipients.total : 0)} />
          <Stat label={t("campaigns.reached")} value={format.number(sums.reached)} />
          <Stat label={t("campaigns.talked")} value={format.length(results.stats.seconds)} />
        </div>
        <Facts
          of={[
            [t("campaigns.started"), <Time key="started" at={results.started_at} exact />],
            [t("campaigns.ended_at"), <Time key="ended" at={results.ended_at} exact />],
            [t("campaigns.share_until"), <Time key="until" at={results.expires_at} exact />],
          ]}
        />
      </Card>
      <div className="columns">
        <Card title={t("campaigns.outcomes")}>
          <Legend sums={sums} />
        </Card>
        <Card title={t("campaigns.answers")}>
          <Answers answers={results.stats.answers} />
        </Card>
      </div>
      <Card title={t("campaigns.charts")}>
        <Suspense fallback={<div className="chart" />}>
          <Charts report={results.report} />
        </Suspense>
      </Card>
    </Page>
  );
}
