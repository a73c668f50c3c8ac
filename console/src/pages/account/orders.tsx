import { ListOrdered } from "lucide-react";
import { Link } from "react-router";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { Badge, Empty, FilterText, Page, PagedTable, SelectField, Time, useFilters } from "../../ui";

const DIALECTS = ["robotalker", "robocall", "effebot", "multisender"] as const;

/** What programs written for other services asked for. */
export default function Orders() {
  const { t, maybe } = useWords();
  const { asked, set, filtered } = useFilters(["dialect", "external_id", "name"]);
  const orders = usePages("/api/v1/orders", "orders", { query: asked });
  return (
    <Page title={t("nav.orders")} description={t("orders.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("refused.interface")}
          value={asked.dialect ?? ""}
          onChange={(event) => set("dialect", event.target.value)}
          options={[["", t("common.all")], ...DIALECTS.map((each) => [each, t(`refused.interface_${each}`)] as const)]}
        />
        <FilterText label={t("orders.external")} value={asked.external_id ?? ""} onChange={(value) => set("external_id", value)} />
        <FilterText label={t("common.name")} value={asked.name ?? ""} onChange={(value) => set("name", value)} />
      </div>
      <PagedTable
        label={t("nav.orders")}
        pages={orders}
        id={(each) => each.order_id}
        columns={[
          {
            head: t("orders.order"),
            cell: (each) => (
              <span className="row">
                <Link to={`/orders/${each.order_id}`}>{each.name ?? each.external_id ?? String(each.number)}</Link>
                {each.sandbox && <Badge>{t("common.sandbox")}</Badge>}
              </span>
            ),
          },
          { head: t("refused.interface"), cell: (each) => maybe(`refused.interface_${each.dialect}`, each.dialect) },
          { head: t("orders.number"), number: true, cell: (each) => String(each.number) },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
        ]}
        empty={
          <Empty icon={<ListOrdered />} title={filtered ? t("orders.none") : t("orders.empty")}>
            {filtered ? t("refused.none_text") : t("orders.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}
