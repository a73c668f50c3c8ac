import { MessageSquare } from "lucide-react";
import { Link } from "react-router";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Empty, FilterText, Page, PagedTable, SelectField, Time, Told, useFilters } from "../../ui";
import { MessageState } from "./state";
import { MessageTabs } from "./tabs";

const STATES = ["queued", "sending", "sent", "delivered", "failed", "undelivered", "expired", "cancelled", "skipped", "unknown", "received"] as const;

export default function Texts() {
  const { t } = useWords();
  const format = useFormat();
  const { asked, set, filtered } = useFilters(["status", "address", "campaign_id"]);
  const list = usePages("/api/v1/sms", "messages", { query: asked }, { every: 5_000 });
  return (
    <Page title={t("nav.messages")} description={t("messages.texts_description")}>
      <MessageTabs />
      <div className="columns-narrow">
        <FilterText label={t("common.number")} type="tel" value={asked.address ?? ""} onChange={(value) => set("address", value)} />
        <SelectField
          label={t("common.status")}
          value={asked.status ?? ""}
          onChange={(event) => set("status", event.target.value)}
          options={[["", t("common.all")], ...STATES.map((state) => [state, t(`messages.state_${state}`)] as const)]}
        />
      </div>
      <PagedTable
        label={t("messages.tab_texts")}
        pages={list}
        id={(each) => each.message_id}
        columns={[
          {
            head: t("common.number"),
            cell: (each) => (
              <Link className="nowrap" to={`/messages/texts/${each.message_id}`}>{each.direction === "inbound" ? each.from : each.to}</Link>
            ),
          },
          { head: t("messages.text"), cell: (each) => each.text ?? "" },
          { head: t("common.status"), cell: (each) => <MessageState status={each.status} /> },
          { head: t("calls.reason"), cell: (each) => (each.reason === null ? "" : <Told text={each.reason} />) },
          {
            head: t("calls.cost"),
            number: true,
            cell: (each) => (each.price === null || each.currency === null ? "" : format.money(each.price, each.currency)),
          },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
        ]}
        empty={
          <Empty icon={<MessageSquare />} title={filtered ? t("messages.none") : t("messages.no_texts")}>
            {t("messages.no_texts_text")}
          </Empty>
        }
      />
    </Page>
  );
}
