import { ScrollText } from "lucide-react";
import { usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { Empty, FilterText, Page, PagedTable, Time, useFilters } from "../../ui";

type AuditEntry = Entry<"/api/v1/audit-log", "entries">;

export default function Audit() {
  const { t } = useWords();
  const { asked, set, filtered } = useFilters(["action", "object"]);
  const entries = usePages("/api/v1/audit-log", "entries", { query: asked });
  return (
    <Page title={t("nav.audit")} description={t("audit.description")}>
      <div className="columns-narrow">
        <FilterText label={t("audit.action")} placeholder="key.created" value={asked.action ?? ""} onChange={(value) => set("action", value)} />
        <FilterText label={t("audit.object")} value={asked.object ?? ""} onChange={(value) => set("object", value)} />
      </div>
      <PagedTable
        label={t("nav.audit")}
        pages={entries}
        id={(entry) => String(entry.number)}
        columns={[
          { head: t("calls.when"), cell: (entry) => <Time at={entry.at} /> },
          { head: t("audit.who"), cell: (entry) => entry.user_email ?? entry.key_name ?? entry.actor },
          { head: t("audit.action"), cell: (entry) => <code>{entry.action}</code> },
          { head: t("audit.change"), cell: (entry) => <Change entry={entry} /> },
          { head: t("audit.address"), cell: (entry) => entry.address ?? "" },
        ]}
        empty={
          <Empty icon={<ScrollText />} title={filtered ? t("audit.none") : t("audit.empty")}>
            {t("audit.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Change({ entry }: { entry: AuditEntry }) {
  const { t } = useWords();
  const names = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])];
  if (names.length === 0) return <code className="small">{entry.object}</code>;
  const show = (value: unknown) => (value === undefined || value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value));
  return (
    <details>
      <summary>{t("audit.fields", { count: names.length })}</summary>
      <div className="stack-small small">
        <code>{entry.object}</code>
        {names.map((name) => (
          <span key={name}>
            <strong>{name}</strong>: {entry.before && name in entry.before ? `${show(entry.before[name])} → ` : ""}
            {show(entry.after?.[name])}
          </span>
        ))}
      </div>
    </details>
  );
}
