import { PhoneCall, Rocket } from "lucide-react";
import { Link } from "react-router";
import { useGet, usePages } from "../api/queries";
import { useWords } from "../i18n";
import { useFormat } from "../i18n/format";
import { useSession } from "../shell/session";
import { Badge, ButtonLink, Card, Empty, Loading, Note, Page, Stat, Table, Time } from "../ui";
import { CallState } from "./calls/state";

/** What goes on now, and the last calls. */
export default function Overview() {
  const { t } = useWords();
  const format = useFormat();
  const { account, user, may } = useSession();
  const live = useGet("/api/v1/account", {}, { every: 5_000 });
  const calls = usePages("/api/v1/calls", "calls", {}, { limit: 10, every: 5_000, enabled: may("calls:read") });
  const balance = useGet("/api/v1/account/balance", {}, { enabled: may("account:read") });
  const pending = usePages("/api/v1/approvals", "approvals", { query: { state: "pending" } }, { enabled: may("approvals:read") });
  const used = live.data?.limits.concurrent_calls ?? account.limits.concurrent_calls;
  const money = balance.data;
  // all at once: what comes later would move what is there
  const loading = pending.loading || calls.loading || (may("account:read") && balance.isPending);
  return (
    <Page title={t("overview.hello", { name: user.name || account.organisation.name })} description={account.organisation.name}>
      {loading && <Loading />}
      {!loading && pending.items.length > 0 && (
        <Note tone="warn">
          <Link to="/approvals?state=pending">{t("overview.pending", { count: pending.items.length })}</Link>
        </Note>
      )}
      {!loading && !user.second_factor && user.role === "owner" && (
        <Note tone="info">
          <Link to="/you">{t("overview.second_factor")}</Link>
        </Note>
      )}
      {!loading && (
        <Card>
          <div className="columns-narrow">
            <Stat
              label={t("health.in_the_air")}
              value={format.number(used.used)}
              hint={t("health.at_most", { count: used.capacity })}
            />
            {money?.metered && money.currency !== null && (
              <Stat
                label={t("money.available")}
                value={format.money(money.available, money.currency)}
                hint={<Link to="/money">{t("nav.money")}</Link>}
              />
            )}
            <Stat
              label={t("overview.hours")}
              value={
                account.organisation.calling_hours === null
                  ? t("overview.always")
                  : `${account.organisation.calling_hours.from}–${account.organisation.calling_hours.until}`
              }
              hint={t("overview.their_clock")}
            />
          </div>
        </Card>
      )}
      {!loading && may("calls:read") && (
        <Card
          title={t("overview.last_calls")}
          actions={calls.items.length > 0 ? <Link to="/calls">{t("overview.all_calls")}</Link> : undefined}
          bare
        >
          {calls.items.length === 0 ? (
            <Empty
              icon={<Rocket />}
              title={t("calls.empty")}
              action={
                may("calls:write") ? (
                  <ButtonLink to="/start" look="primary">
                    <PhoneCall size={18} aria-hidden="true" />
                    {t("calls.start")}
                  </ButtonLink>
                ) : undefined
              }
            >
              {t("calls.empty_text")}
            </Empty>
          ) : (
            <Table
              label={t("overview.last_calls")}
              rows={calls.items.slice(0, 10)}
              id={(call) => call.call_id}
              columns={[
                { head: t("calls.to"), cell: (call) => <Link to={`/calls/${call.call_id}`}>{call.to}</Link> },
                {
                  head: t("calls.outcome"),
                  cell: (call) => (
                    <span className="row">
                      <CallState status={call.status} outcome={call.outcome} />
                      {call.sandbox && <Badge>{t("common.sandbox")}</Badge>}
                    </span>
                  ),
                },
                { head: t("calls.answer"), cell: (call) => call.dtmf_response ?? "" },
                { head: t("calls.when"), cell: (call) => <Time at={call.created_at} /> },
              ]}
            />
          )}
        </Card>
      )}
    </Page>
  );
}
