import { Megaphone, Plus, Trash2 } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { api } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Badge, Button, ButtonLink, Card, Empty, Page, PagedTable, Progress, SelectField, Table, Time } from "../../ui";
import { grouped } from "./outcomes";
import { CampaignState } from "./state";
import "./campaigns.css";

const STATES = ["draft", "scheduled", "running", "paused", "completed", "cancelled"] as const;

export default function Campaigns() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const [search, setSearch] = useSearchParams();
  const state = search.get("state") ?? "";
  const kind = search.get("kind") ?? "campaign";
  const campaigns = usePages(
    "/api/v1/campaigns",
    "campaigns",
    { query: { ...(state ? { state } : {}), ...(kind === "all" ? {} : { kind }) } },
    { every: 5_000 },
  );
  const drafts = usePages("/api/v1/campaign-drafts", "drafts", {}, { enabled: may("campaigns:write") });
  // drafts stand above the list: both come at once, or one would move the other
  const loading = campaigns.loading || drafts.loading;
  const make = may("campaigns:write") ? (
    <ButtonLink to="/campaigns/new" look="primary">
      <Plus size={18} aria-hidden="true" />
      {t("campaigns.new")}
    </ButtonLink>
  ) : undefined;
  const set = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  return (
    <Page title={t("campaigns.title")} description={t("campaigns.description")} actions={make}>
      <div className="columns-narrow">
        <SelectField
          label={t("common.status")}
          value={state}
          onChange={(event) => set("state", event.target.value)}
          options={[["", t("common.all")], ...STATES.map((each) => [each, t(`campaigns.state_${each}`)] as const)]}
        />
        <SelectField
          label={t("campaigns.kind")}
          value={kind}
          onChange={(event) => set("kind", event.target.value)}
          options={[
            ["campaign", t("campaigns.kind_campaign")],
            ["batch", t("campaigns.kind_batch")],
            ["all", t("common.all")],
          ]}
        />
      </div>
      {!loading && drafts.items.length > 0 && <Drafts drafts={drafts.items} />}
      <PagedTable
        key={loading ? "loading" : "list"}
        label={t("campaigns.title")}
        pages={{ ...campaigns, loading }}
        id={(campaign) => campaign.campaign_id}
        columns={[
          { head: t("common.name"), cell: (campaign) => <Link to={`/campaigns/${campaign.campaign_id}`}>{campaign.name}</Link> },
          {
            head: t("common.status"),
            cell: (campaign) => (
              <span className="row">
                <CampaignState state={campaign.state} held={campaign.held} />
                {campaign.sandbox && <Badge>{t("common.sandbox")}</Badge>}
              </span>
            ),
          },
          {
            head: t("campaigns.progress"),
            cell: (campaign) => (
              <span className="progress-cell">
                <Progress part={campaign.progress} label={t("campaigns.progress")} />
                <span className="small tabular">{format.percent(campaign.progress)}</span>
              </span>
            ),
          },
          { head: t("campaigns.people"), number: true, cell: (campaign) => format.number(campaign.recipients.total) },
          {
            head: t("campaigns.reached"),
            number: true,
            cell: (campaign) => format.number(grouped(campaign.stats.outcomes).reached),
          },
          { head: t("common.created"), cell: (campaign) => <Time at={campaign.created_at} /> },
        ]}
        empty={
          <Empty icon={<Megaphone />} title={state ? t("campaigns.empty_filtered") : t("campaigns.empty")} action={make}>
            {state ? t("campaigns.empty_filtered_text") : t("campaigns.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Drafts(props: { drafts: readonly Entry<"/api/v1/campaign-drafts", "drafts">[] }) {
  const { t } = useWords();
  const drop = useChange(
    (draft_id: string) => api.DELETE("/api/v1/campaign-drafts/{draft_id}", { params: { path: { draft_id } } }),
    { touches: ["/api/v1/campaign-drafts"] },
  );
  return (
    <Card title={t("campaigns.unfinished")} bare>
      <Table
        label={t("campaigns.unfinished")}
        rows={props.drafts}
        id={(draft) => draft.draft_id}
        columns={[
          { head: t("common.name"), cell: (draft) => <Link to={`/campaigns/new/${draft.draft_id}`}>{draft.name}</Link> },
          { head: t("campaigns.changed"), cell: (draft) => <Time at={draft.updated_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            number: true,
            cell: (draft) => (
              <Button look="quiet" small onClick={() => drop.run(draft.draft_id)} aria-label={t("campaigns.drop", { name: draft.name })}>
                <Trash2 size={16} aria-hidden="true" />
              </Button>
            ),
          },
        ]}
      />
    </Card>
  );
}
