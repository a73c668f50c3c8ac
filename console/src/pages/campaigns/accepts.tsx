// A campaign with a goal: who has a place, and who stands by.
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Badge, Button, Card, Confirm, Empty, Note, Stat, Table, Time, useToast } from "../../ui";
import { useCampaign } from "./campaign";

const PATH = "/api/v1/campaigns/{campaign_id}/accepts";
const CAMPAIGN = "/api/v1/campaigns/{campaign_id}";

export default function Accepts() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { summary, detail } = useCampaign();
  const every = summary.state === "running" ? 5_000 : false;
  const path = { path: { campaign_id: summary.campaign_id } };
  const accepts = useGet(PATH, { ...path, query: { limit: 1000 } }, { every });
  const goal = useGet(CAMPAIGN, path, { every }).data?.goal ?? detail.goal;
  return (
    <div className="stack">
      {goal === null ? (
        <Note>{t("campaigns.no_goal")}</Note>
      ) : (
        <Card>
          <div className="live-head">
            <Stat label={t("campaigns.accepted")} value={format.number(goal.accepted)} hint={t("campaigns.places", { count: goal.accepts })} />
            <Stat label={t("campaigns.declined")} value={format.number(goal.declined)} />
            <Stat label={t("campaigns.undecided")} value={format.number(goal.undecided)} />
            <Stat label={t("campaigns.standing_by")} value={format.number(goal.standing_by)} />
          </div>
        </Card>
      )}
      <Await query={accepts}>
        {(found) =>
          goal === null && found.accepts.length === 0 ? null : (
          <Card bare label={t("campaigns.tab_accepts")}>
            {found.accepts.length === 0 ? (
              <Empty title={t("campaigns.nobody_accepted")}>{t("campaigns.nobody_accepted_text")}</Empty>
            ) : (
              <Table
                label={t("campaigns.tab_accepts")}
                rows={found.accepts}
                id={(each) => String(each.recipient_id)}
                columns={[
                  { head: t("calls.to"), cell: (each) => <Link to={`/campaigns/${summary.campaign_id}/people/${each.recipient_id}`}>{each.to}</Link> },
                  {
                    head: t("campaigns.place"),
                    cell: (each) => (
                      <Badge tone={each.place === "taken" ? "good" : "info"}>
                        {t(each.place === "taken" ? "campaigns.place_taken" : "campaigns.place_stand_by")}
                      </Badge>
                    ),
                  },
                  { head: t("calls.when"), cell: (each) => <Time at={each.accepted_at} /> },
                  {
                    head: t("common.actions"),
                    hideHead: true,
                    cell: (each) => (may("campaigns:write") ? <GiveBack id={each.recipient_id} to={each.to} /> : ""),
                  },
                ]}
              />
            )}
          </Card>
          )
        }
      </Await>
    </div>
  );
}

function GiveBack(props: { id: number; to: string }) {
  const { t } = useWords();
  const { summary } = useCampaign();
  const say = useToast();
  const give = useChange(
    () =>
      data(
        api.DELETE("/api/v1/campaigns/{campaign_id}/accepts/{recipient_id}", {
          params: { path: { campaign_id: summary.campaign_id, recipient_id: props.id } },
        }),
      ),
    {
      touches: [PATH, CAMPAIGN, "/api/v1/campaigns"],
      onDone: (done) => say(t(done.moved_up === null ? "campaigns.given_back" : "campaigns.moved_up")),
    },
  );
  return (
    <Confirm
      title={t("campaigns.give_back_title", { to: props.to })}
      action={t("campaigns.give_back")}
      trigger={<Button small>{t("campaigns.give_back")}</Button>}
      onConfirm={() => give.runAsync()}
    >
      <p>{t("campaigns.give_back_text")}</p>
    </Confirm>
  );
}
