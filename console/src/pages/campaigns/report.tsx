// Results: charts, a file, a report to print, and links for others.
import { Download, Printer, Share2, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Button, Card, Code, Dialog, Facts, Note, ProblemNote, SelectField, Stat, Table, Time } from "../../ui";
import { Answers } from "./answers";
import { CampaignBudget } from "./budget";
import { Legend, useCampaign } from "./campaign";
import Charts from "./charts";
import { grouped } from "./outcomes";
import { ReportTo } from "./report-to";

export default function Report() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { summary, detail } = useCampaign();
  const report = useGet("/api/v1/campaigns/{campaign_id}/report", { path: { campaign_id: summary.campaign_id } });
  const sums = grouped(summary.stats.outcomes);
  const called = sums.reached + sums.machine + sums.missed + sums.failed;
  return (
    <div className="stack">
      <div className="row no-print">
        <a className="button" href={`/api/v1/campaigns/${summary.campaign_id}/results?format=csv`} download>
          <Download size={18} aria-hidden="true" />
          {t("campaigns.csv")}
        </a>
        <Button onClick={() => window.print()}>
          <Printer size={18} aria-hidden="true" />
          {t("campaigns.print")}
        </Button>
        {may("campaigns:write") && <ReportTo campaignId={summary.campaign_id} />}
        {may("campaigns:write") && <Share campaignId={summary.campaign_id} />}
      </div>
      <Card>
        <div className="live-head">
          <Stat label={t("campaigns.people")} value={format.number(summary.recipients.total)} />
          <Stat label={t("campaigns.reached")} value={format.number(sums.reached)} hint={called > 0 ? format.percent(sums.reached / called) : undefined} />
          <Stat label={t("campaigns.group_machine")} value={format.number(sums.machine)} />
          <Stat label={t("campaigns.talked")} value={format.length(summary.stats.seconds)} />
          {summary.stats.cost !== null && <Cost amount={summary.stats.cost} />}
        </div>
        <Facts
          of={[
            [t("campaigns.first_call"), <Time key="first" at={detail.first_call_at} exact />],
            [t("campaigns.last_call"), <Time key="last" at={detail.last_call_at} exact />],
          ]}
        />
      </Card>
      <div className="columns">
        <Card title={t("campaigns.outcomes")}>
          <Legend sums={sums} />
        </Card>
        <Card title={t("campaigns.answers")}>
          <Answers answers={summary.stats.answers} />
        </Card>
      </div>
      <Card title={t("campaigns.charts")}>
        <Await query={report}>{(found) => <Charts report={found} />}</Await>
      </Card>
      {summary.kind === "campaign" && !summary.sandbox && <CampaignBudget campaignId={summary.campaign_id} />}
    </div>
  );
}

function Cost({ amount }: { amount: string }) {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const balance = useGet("/api/v1/account/balance", {}, { staleTime: 60_000, enabled: may("account:read") });
  const currency = balance.data?.currency;
  return <Stat label={t("campaigns.cost")} value={currency ? format.money(amount, currency) : amount} />;
}

const DAYS = [1, 7, 30, 90, 365] as const;

function Share({ campaignId }: { campaignId: string }) {
  const { t } = useWords();
  const path = { path: { campaign_id: campaignId } };
  return (
    <Dialog
      title={t("campaigns.share")}
      description={t("campaigns.share_text")}
      wide
      trigger={
        <Button>
          <Share2 size={18} aria-hidden="true" />
          {t("campaigns.share")}
        </Button>
      }
    >
      <Links path={path} />
    </Dialog>
  );
}

function Links({ path }: { path: { path: { campaign_id: string } } }) {
  const { t } = useWords();
  const format = useFormat();
  const [days, setDays] = useState<number>(30);
  const touches = ["/api/v1/campaigns/{campaign_id}/links"];
  const links = useGet("/api/v1/campaigns/{campaign_id}/links", path);
  const make = useChange(
    async () => data(api.POST("/api/v1/campaigns/{campaign_id}/links", { params: path, body: { days } })),
    { touches },
  );
  const withdraw = useChange(
    (link_id: string) =>
      api.DELETE("/api/v1/campaigns/{campaign_id}/links/{link_id}", { params: { path: { ...path.path, link_id } } }),
    { touches },
  );
  const problem = make.problem ?? withdraw.problem;
  return (
    <div className="stack">
      <div className="row share-row">
        <SelectField
          label={t("campaigns.share_days")}
          value={String(days)}
          onChange={(event) => setDays(Number(event.target.value))}
          options={DAYS.map((each) => [String(each), t("campaigns.days", { count: each })] as const)}
        />
        <Button look="primary" busy={make.busy} onClick={() => make.run()}>
          {t("campaigns.share_make")}
        </Button>
      </div>
      {problem !== null && <ProblemNote problem={problem} />}
      {make.result !== undefined && (
        <Note tone="good" title={t("campaigns.share_made")}>
          <Code text={new URL(make.result.path, window.location.href).href} label={t("campaigns.share_made")} />
        </Note>
      )}
      <Await query={links}>
        {(found) =>
          found.links.length === 0 ? (
            <p className="soft">{t("campaigns.share_none")}</p>
          ) : (
            <Table
              label={t("campaigns.share_links")}
              rows={found.links}
              id={(link) => link.link_id}
              columns={[
                { head: t("campaigns.share_until"), cell: (link) => format.short(link.expires_at) },
                { head: t("campaigns.share_opened"), number: true, cell: (link) => format.number(link.opened) },
                {
                  head: t("common.actions"),
                  hideHead: true,
                  number: true,
                  cell: (link) => (
                    <Button small look="danger" onClick={() => withdraw.run(link.link_id)}>
                      <Trash2 size={16} aria-hidden="true" />
                      {t("campaigns.share_withdraw")}
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Await>
    </div>
  );
}
