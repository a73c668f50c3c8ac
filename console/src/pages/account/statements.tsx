import { useState } from "react";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Card, Note, Page, Stat, Table, TextField } from "../../ui";
import { MoneyTabs } from "./money";
import { Mailing, MailOne } from "./statement-mail";

export default function Statements() {
  const { t, maybe } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const [month, setMonth] = useState(() => new Date().toISOString().slice(0, 7));
  const balance = useGet("/api/v1/account/balance");
  // an organisation that never paid has nothing to state
  const none = balance.data?.currency === null;
  const statement = useGet("/api/v1/statements", { query: { month } }, { enabled: !balance.isPending && !none && /^\d{4}-\d\d$/.test(month) });
  if (balance.isPending || none) {
    return (
      <Page title={t("nav.money")} description={t("money.statements_description")}>
        <MoneyTabs />
        <Await query={balance}>
          {() => (
            <>
              <Note tone="info">{t("money.unmetered")}</Note>
              <Mailing />
            </>
          )}
        </Await>
      </Page>
    );
  }
  return (
    <Page
      title={t("nav.money")}
      description={t("money.statements_description")}
      actions={
        <>
          {may("statements:write") && <MailOne month={month} />}
          <a className="button" href={`/api/v1/statements?month=${month}&format=csv`} download>
            {t("contacts.export")}
          </a>
        </>
      }
    >
      <MoneyTabs />
      <TextField label={t("money.month")} type="month" value={month} onChange={(e) => setMonth(e.target.value)} />
      <Await query={statement}>
        {(found) => (
          <>
            <Card>
              <div className="columns-narrow">
                <Stat label={t("money.opening")} value={format.money(found.opening, found.currency)} />
                <Stat label={t("money.topups")} value={format.money(found.movements.topup, found.currency)} />
                <Stat label={t("money.usage")} value={format.money(found.movements.usage, found.currency)} />
                <Stat label={t("money.closing")} value={format.money(found.closing, found.currency)} />
              </div>
            </Card>
            {found.usage.length > 0 && (
              <Card title={t("money.usage")} bare>
                <Table
                  label={t("money.usage")}
                  rows={found.usage}
                  id={(each) => each.channel}
                  columns={[
                    { head: t("money.channel"), cell: (each) => maybe(`money.channel_${each.channel}`, each.channel) },
                    { head: t("money.contacts"), number: true, cell: (each) => format.number(each.contacts) },
                    { head: t("money.amount"), number: true, cell: (each) => format.money(each.cost, found.currency) },
                  ]}
                />
              </Card>
            )}
          </>
        )}
      </Await>
      <Mailing />
    </Page>
  );
}
