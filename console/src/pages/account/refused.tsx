import { ShieldX } from "lucide-react";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { Badge, Empty, FilterText, Page, PagedTable, SelectField, Time, Told, useFilters } from "../../ui";

const INTERFACES = ["native", "robotalker", "robocall", "effebot", "multisender"] as const;
/** Those of requests whose sender is known; too many requests are not written down. */
const STATUSES = ["400", "402", "403", "404", "409", "413", "415", "422"] as const;

/** What programs asked and was refused, and why. */
export default function Refused() {
  const { t, maybe } = useWords();
  const { asked, set, filtered } = useFilters(["interface", "status", "key_id"]);
  const requests = usePages("/api/v1/request-log", "requests", { query: asked });
  return (
    <Page title={t("nav.refused")} description={t("refused.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("refused.interface")}
          value={asked.interface ?? ""}
          onChange={(event) => set("interface", event.target.value)}
          options={[["", t("common.all")], ...INTERFACES.map((each) => [each, t(`refused.interface_${each}`)] as const)]}
        />
        <SelectField
          label={t("refused.status")}
          value={asked.status ?? ""}
          onChange={(event) => set("status", event.target.value)}
          options={[["", t("common.all")], ...STATUSES.map((each) => [each, each] as const)]}
        />
        <FilterText
          label={t("refused.key")}
          placeholder="key_…"
          value={asked.key_id ?? ""}
          onChange={(value) => set("key_id", value)}
        />
      </div>
      <PagedTable
        label={t("nav.refused")}
        pages={requests}
        id={(each) => String(each.number)}
        columns={[
          { head: t("calls.when"), cell: (each) => <Time at={each.at} /> },
          {
            head: t("refused.request"),
            cell: (each) => (
              <span className="stack-small">
                <code>
                  {each.method} {each.path}
                </code>
                <span className="small">
                  {maybe(`refused.interface_${each.interface}`, each.interface)}{" "}
                  {each.sandbox && <Badge>{t("common.sandbox")}</Badge>}
                </span>
              </span>
            ),
          },
          { head: t("refused.status"), number: true, cell: (each) => each.status },
          {
            head: t("refused.why"),
            cell: (each) => (
              <span className="stack-small">
                <span><Told text={each.reason} /></span>
                <span className="small row">
                  <code>{each.code}</code>
                  {each.request_id !== null && <code className="soft">{each.request_id}</code>}
                </span>
              </span>
            ),
          },
          {
            head: t("refused.who"),
            cell: (each) => (
              <span className="stack-small">
                <span>{each.key_name ?? each.user_email ?? each.key_id ?? ""}</span>
                {each.address !== null && <span className="small soft tabular">{t("refused.from_address", { address: each.address })}</span>}
              </span>
            ),
          },
        ]}
        empty={
          <Empty icon={<ShieldX />} title={filtered ? t("refused.none") : t("refused.empty")}>
            {filtered ? t("refused.none_text") : t("refused.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}
