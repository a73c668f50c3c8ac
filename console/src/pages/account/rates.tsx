import { CreditCard } from "lucide-react";
import { useState } from "react";
import { useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Await, Card, Empty, Facts, FilterText, Page, PagedTable, useFilters } from "../../ui";
import { MoneyTabs } from "./money";

export default function Rates() {
  const { t, maybe } = useWords();
  const { asked, set } = useFilters(["prefix"]);
  const rates = usePages("/api/v1/rates", "rates", { query: asked });
  const [to, setTo] = useState("");
  const price = useGet("/api/v1/prices", { query: { to, seconds: 60 } }, { enabled: to !== "" });
  const format = useFormat();
  return (
    <Page title={t("nav.money")} description={t("money.rates_description")}>
      <MoneyTabs />
      <Card title={t("money.try")}>
        <FilterText label={t("money.try_number")} type="tel" placeholder="+12125550100" value={to} onChange={setTo} />
        {to !== "" && (
          <Await query={price}>
            {(found) => (
              <Facts
                of={[
                  [t("common.number"), found.to],
                  [
                    t("money.minute"),
                    found.estimated_cost === null || found.currency === null
                      ? t("money.free")
                      : format.money(found.estimated_cost, found.currency),
                  ],
                ]}
              />
            )}
          </Await>
        )}
      </Card>
      <FilterText label={t("money.prefix")} type="tel" value={asked.prefix ?? ""} onChange={(value) => set("prefix", value)} />
      <PagedTable
        label={t("money.tab_rates")}
        pages={rates}
        id={(rate) => `${rate.channel} ${rate.prefix} ${rate.effective_from}`}
        columns={[
          { head: t("money.channel"), cell: (rate) => maybe(`money.channel_${rate.channel}`, rate.channel) },
          { head: t("money.prefix"), cell: (rate) => rate.prefix || t("money.everywhere") },
          { head: t("money.price"), number: true, cell: (rate) => rate.price },
          { head: t("money.setup"), number: true, cell: (rate) => rate.setup_fee },
          { head: t("money.increments"), cell: (rate) => rate.increments ?? "" },
        ]}
        empty={
          <Empty icon={<CreditCard />} title={t("money.no_rates")}>
            {t("money.no_rates_text")}
          </Empty>
        }
      />
    </Page>
  );
}
