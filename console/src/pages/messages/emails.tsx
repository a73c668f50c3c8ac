import { Mail } from "lucide-react";
import { Link } from "react-router";
import { usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { Empty, FilterText, Page, PagedTable, Time, Told, useFilters } from "../../ui";
import { MessageState } from "./state";
import { MessageTabs } from "./tabs";

export default function Emails() {
  const { t } = useWords();
  const { asked, set, filtered } = useFilters(["address", "status"]);
  const list = usePages("/api/v1/emails", "messages", { query: asked }, { every: 10_000 });
  return (
    <Page title={t("nav.messages")} description={t("messages.emails_description")}>
      <MessageTabs />
      <FilterText label={t("common.email")} value={asked.address ?? ""} onChange={(value) => set("address", value)} />
      <PagedTable
        label={t("messages.tab_emails")}
        pages={list}
        id={(each) => each.message_id}
        columns={[
          { head: t("calls.to"), cell: (each) => <Link to={`/messages/emails/${each.message_id}`}>{each.to}</Link> },
          { head: t("calls.from"), cell: (each) => each.from },
          { head: t("common.status"), cell: (each) => <MessageState status={each.status} /> },
          { head: t("calls.reason"), cell: (each) => (each.reason === null ? "" : <Told text={each.reason} />) },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
        ]}
        empty={
          <Empty icon={<Mail />} title={filtered ? t("messages.none") : t("messages.no_emails")}>
            {t("messages.no_emails_text")}
          </Empty>
        }
      />
    </Page>
  );
}
