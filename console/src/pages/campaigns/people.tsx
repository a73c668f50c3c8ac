import { Link, useSearchParams } from "react-router";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { Badge, Empty, PagedTable, SelectField, TextField, Time, Told } from "../../ui";
import { CallState } from "../calls/state";
import { useCampaign } from "./campaign";

const STATES = ["waiting", "again", "active", "done"] as const;
const OUTCOMES = [
  "human", "answered", "voicemail_left", "machine", "fax", "busy", "no_answer", "rejected", "invalid_number", "failed",
  "congestion", "interrupted", "cancelled", "expired", "skipped",
] as const;

/** Everybody on the list and what became of them. */
export default function People() {
  const { t, maybe } = useWords();
  const { summary } = useCampaign();
  const [search, setSearch] = useSearchParams();
  const query = Object.fromEntries(
    ["state", "outcome", "text"].flatMap((name) => {
      const value = search.get(name);
      return value ? [[name, value] as const] : [];
    }),
  );
  const set = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  const people = usePages(
    "/api/v1/campaigns/{campaign_id}/recipients",
    "recipients",
    { path: { campaign_id: summary.campaign_id }, query },
    { every: summary.state === "running" ? 5_000 : false },
  );
  return (
    <div className="stack">
      <div className="columns-narrow">
        <SelectField
          label={t("common.status")}
          value={query.state ?? ""}
          onChange={(event) => set("state", event.target.value)}
          options={[["", t("common.all")], ...STATES.map((state) => [state, t(`campaigns.person_${state}`)] as const)]}
        />
        <SelectField
          label={t("calls.outcome")}
          value={query.outcome ?? ""}
          onChange={(event) => set("outcome", event.target.value)}
          options={[["", t("common.all")], ...OUTCOMES.map((each) => [each, maybe(`outcome.${each}`, each)] as const)]}
        />
        <TextField
          label={t("common.search")}
          type="search"
          defaultValue={query.text ?? ""}
          onBlur={(event) => set("text", event.target.value.trim())}
          onKeyDown={(event) => event.key === "Enter" && set("text", event.currentTarget.value.trim())}
        />
      </div>
      <PagedTable
        label={t("campaigns.people")}
        pages={people}
        id={(person) => String(person.recipient_id)}
        columns={[
          { head: "#", number: true, cell: (person) => String(person.position) },
          {
            head: t("calls.to"),
            cell: (person) => (
              <Link
                className={person.to.startsWith("+") ? "nowrap" : undefined}
                to={`/campaigns/${summary.campaign_id}/people/${person.recipient_id}`}
              >
                {person.to}
              </Link>
            ),
          },
          { head: t("calls.variables"), cell: (person) => <span className="small">{Object.values(person.variables).slice(0, 4).join(" · ")}</span> },
          {
            head: t("calls.outcome"),
            cell: (person) =>
              person.outcome === null ? (
                <Badge tone={person.state === "active" ? "info" : "plain"} live={person.state === "active"}>
                  {maybe(`campaigns.person_${person.state}`, person.state)}
                </Badge>
              ) : (
                <span className="person-outcome">
                  <CallState status="done" outcome={person.outcome} />
                  {person.reason !== null && <span className="soft small"><Told text={person.reason} /></span>}
                </span>
              ),
          },
          { head: t("campaigns.zone"), cell: (person) => <span className="small">{person.time_zones.join(", ").replaceAll("_", " ")}</span> },
          { head: t("calls.when"), cell: (person) => <Time at={person.ended_at} /> },
        ]}
        empty={<Empty title={t("campaigns.nobody")}>{t("campaigns.nobody_text")}</Empty>}
      />
    </div>
  );
}
