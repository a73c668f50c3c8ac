// Codes that were sent to people, to show that a number is theirs: what became of each, and how many may be sent.
import { Smartphone } from "lucide-react";
import { Link } from "react-router";
import { useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import {
  Await, Badge, Card, Empty, FilterText, Page, PagedTable, Stat, Time, Told, useFilters, type Tone,
} from "../../ui";

const TONES: Record<string, Tone> = { pending: "info", verified: "good", failed: "bad", expired: "warn" };
const LIMITS = ["per_destination_hour", "per_key_hour", "per_organisation_day"] as const;

export default function Verifications() {
  const { t } = useWords();
  const format = useFormat();
  const { asked, set, filtered } = useFilters(["to"]);
  const list = usePages("/api/v1/verifications", "verifications", { query: asked });
  return (
    <Page title={t("nav.verifications")} description={t("verifications.description")}>
      <FilterText label={t("common.number")} type="tel" value={asked.to ?? ""} onChange={(value) => set("to", value)} />
      <PagedTable
        label={t("nav.verifications")}
        pages={list}
        id={(each) => each.verification_id}
        columns={[
          {
            head: t("common.number"),
            cell: (each) => (
              <span className="tabular nowrap">
                {each.call_id === null ? each.to : <Link to={`/calls/${each.call_id}`}>{each.to}</Link>}
              </span>
            ),
          },
          { head: t("verifications.method"), cell: (each) => t(`verifications.method_${each.method}`) },
          {
            head: t("common.status"),
            cell: (each) => (
              <span className="stack-small">
                <span>
                  <Badge tone={TONES[each.state] ?? "plain"}>{t(`verifications.state_${each.state}`)}</Badge>
                </span>
                {each.reason !== null && <span className="soft small"><Told text={each.reason} /></span>}
              </span>
            ),
          },
          {
            head: t("verifications.attempts_left"),
            number: true,
            cell: (each) => (each.state === "pending" ? format.number(each.attempts_left) : ""),
          },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
          { head: t("verifications.over"), cell: (each) => <Time at={each.ended_at ?? each.expires_at} /> },
        ]}
        empty={
          filtered ? (
            <Empty icon={<Smartphone />} title={t("verifications.none")} />
          ) : (
            <Empty icon={<Smartphone />} title={t("verifications.empty")}>
              {t("verifications.empty_text")}
            </Empty>
          )
        }
      />
      <Limits />
    </Page>
  );
}

function Limits() {
  const { t } = useWords();
  const format = useFormat();
  const limits = useGet("/api/v1/verifications/limits");
  return (
    <Card title={t("verifications.limits")}>
      <Await query={limits}>
        {(found) => (
          <div className="columns-narrow">
            {LIMITS.map((name) => (
              <Stat key={name} label={t(`verifications.${name}`)} value={found[name] === undefined ? "–" : format.number(found[name])} />
            ))}
          </div>
        )}
      </Await>
    </Card>
  );
}
