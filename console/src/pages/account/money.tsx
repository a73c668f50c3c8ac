import { CreditCard } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet, usePages, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  Await, Card, ChangeForm, Empty, Note, Page, PagedTable, Progress, Stat, TabLinks, TextField, Time, useToast,
} from "../../ui";

const BALANCE = "/api/v1/account/balance";
const BUDGETS = "/api/v1/budgets";

export function MoneyTabs() {
  const { t } = useWords();
  return (
    <TabLinks
      label={t("nav.money")}
      tabs={[
        ["/money", t("money.tab_balance")],
        ["/money/rates", t("money.tab_rates")],
        ["/money/statements", t("money.tab_statements")],
      ]}
    />
  );
}

export default function Money() {
  const { t } = useWords();
  const { may } = useSession();
  const balance = useGet(BALANCE, {}, { every: 15_000 });
  return (
    <Page title={t("nav.money")} description={t("money.description")}>
      <MoneyTabs />
      <Await query={balance}>
        {(found) => (
          <>
            <Balance of={found} />
            {may("budgets:read") && found.metered && <Budgets currency={found.currency ?? "USD"} />}
            <Ledger currency={found.currency} />
          </>
        )}
      </Await>
    </Page>
  );
}

function Balance({ of: found }: { of: Answer<typeof BALANCE> }) {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const currency = found.currency;
  if (!found.metered || currency === null) return <Note tone="info">{t("money.unmetered")}</Note>;
  return (
    <Card>
      <div className="columns-narrow">
        <Stat label={t("money.available")} value={format.money(found.available, currency)} />
        <Stat label={t("money.balance")} value={format.money(found.balance, currency)} />
        <Stat label={t("money.reserved")} value={format.money(found.reserved, currency)} hint={t("money.reserved_hint")} />
      </div>
      {found.low_since !== null && <Note tone="warn">{t("money.low")}</Note>}
      {may("account:write") && <LowForm of={found} />}
    </Card>
  );
}

function LowForm({ of: found }: { of: Answer<typeof BALANCE> }) {
  const { t } = useWords();
  const say = useToast();
  const [amount, setAmount] = useState(found.low_balance_at ?? "");
  const [url, setUrl] = useState(found.low_balance_webhook_url ?? "");
  const save = useChange(
    () => api.PATCH(BALANCE, { body: { low_balance_at: amount || null, low_balance_webhook_url: url || null } }),
    { touches: [BALANCE], onDone: () => say(t("common.saved")) },
  );
  return (
    <details>
      <summary>{t("money.warn")}</summary>
      <ChangeForm change={save} submit={t("common.save")} look="plain">
        <TextField
          label={t("money.warn_at")}
          name="low_balance_at"
          inputMode="decimal"
          value={amount}
          onChange={(e) => setAmount(e.target.value)}
        />
        <TextField label={t("money.warn_url")} optional name="low_balance_webhook_url" type="url" value={url} onChange={(e) => setUrl(e.target.value)} />
      </ChangeForm>
    </details>
  );
}

const SPANS = ["daily", "monthly", "total"] as const;

function Budgets({ currency }: { currency: string }) {
  const { t } = useWords();
  const { may } = useSession();
  const budgets = useGet(BUDGETS);
  return (
    <Card title={t("money.budgets")}>
      <Await query={budgets}>
        {(found) => (
          <>
            <div className="columns-narrow">
              {SPANS.map((span) => (
                <Budget key={span} label={t(`money.${span}`)} budget={found[span]} currency={currency} />
              ))}
            </div>
            {may("budgets:write") && <BudgetForm of={found} />}
          </>
        )}
      </Await>
    </Card>
  );
}

function Budget(props: { label: string; budget: { amount: string | null; used: string }; currency: string }) {
  const { t } = useWords();
  const format = useFormat();
  const { amount, used } = props.budget;
  return (
    <div className="stack-small">
      <Stat
        label={props.label}
        value={format.money(used, props.currency)}
        hint={amount === null ? t("money.no_limit") : t("money.of", { amount: format.money(amount, props.currency) })}
      />
      {amount !== null && <Progress part={Number(amount) > 0 ? Number(used) / Number(amount) : 1} label={props.label} />}
    </div>
  );
}

function BudgetForm({ of: found }: { of: Answer<typeof BUDGETS> }) {
  const { t } = useWords();
  const say = useToast();
  const [amounts, setAmounts] = useState(() => Object.fromEntries(SPANS.map((span) => [span, found[span].amount ?? ""])));
  const save = useChange(
    () => api.PUT(BUDGETS, { body: Object.fromEntries(SPANS.map((span) => [span, amounts[span] || null])) }),
    { touches: [BUDGETS], onDone: () => say(t("common.saved")) },
  );
  return (
    <details>
      <summary>{t("money.set_budgets")}</summary>
      <ChangeForm change={save} submit={t("common.save")} look="plain">
        <div className="columns-narrow">
          {SPANS.map((span) => (
            <TextField
              key={span}
              label={t(`money.${span}`)}
              name={span}
              inputMode="decimal"
              value={amounts[span] ?? ""}
              onChange={(e) => setAmounts({ ...amounts, [span]: e.target.value })}
            />
          ))}
        </div>
      </ChangeForm>
    </details>
  );
}

function Ledger({ currency }: { currency: string | null }) {
  const { t } = useWords();
  const format = useFormat();
  const ledger = usePages("/api/v1/ledger", "movements");
  return (
    <PagedTable
      label={t("money.ledger")}
      pages={ledger}
      id={(each) => String(each.number)}
      columns={[
        { head: t("money.kind"), cell: (each) => t(`money.kind_${each.kind}`) },
        { head: t("money.note"), cell: (each) => each.note || each.subject },
        {
          head: t("money.amount"),
          number: true,
          cell: (each) => (currency === null ? each.amount : format.money(each.amount, currency)),
        },
        { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
      ]}
      empty={
        <Empty icon={<CreditCard />} title={t("money.empty")}>
          {t("money.empty_text")}
        </Empty>
      }
    />
  );
}
