import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Card, ChangeForm, Progress, Stat, TextField, useToast } from "../../ui";

const BUDGETS = "/api/v1/budgets";

/** What a campaign may cost at most; nothing where calls are not charged. */
export function CampaignBudget({ campaignId }: { campaignId: string }) {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const budgets = useGet(BUDGETS, {}, { enabled: may("budgets:read") });
  const currency = budgets.data?.currency ?? null;
  if (budgets.data === undefined || currency === null) return null;
  const found = budgets.data.campaigns.find((each) => each.campaign_id === campaignId);
  const amount = found?.amount ?? null;
  const used = found?.used ?? "0";
  return (
    <Card title={t("campaigns.budget")}>
      <Stat
        label={t("campaigns.budget_used")}
        value={found === undefined ? "–" : format.money(used, currency)}
        hint={amount === null ? t("money.no_limit") : t("money.of", { amount: format.money(amount, currency) })}
      />
      {amount !== null && <Progress part={Number(amount) > 0 ? Number(used) / Number(amount) : 1} label={t("campaigns.budget")} />}
      {may("budgets:write") && <BudgetForm key={amount ?? ""} id={campaignId} amount={amount ?? ""} />}
    </Card>
  );
}

function BudgetForm(props: { id: string; amount: string }) {
  const { t } = useWords();
  const say = useToast();
  const [amount, setAmount] = useState(props.amount);
  const save = useChange(
    () =>
      api.PUT("/api/v1/budgets/{campaign_id}", {
        params: { path: { campaign_id: props.id } },
        body: { amount: amount.trim() || null },
      }),
    { touches: [BUDGETS], onDone: () => say(t("common.saved")) },
  );
  return (
    <details>
      <summary>{t("campaigns.budget_set")}</summary>
      <ChangeForm change={save} submit={t("common.save")} look="plain">
        <TextField
          label={t("campaigns.budget_amount")}
          hint={t("campaigns.budget_hint")}
          name="amount"
          inputMode="decimal"
          value={amount}
          onChange={(e) => setAmount(e.target.value)}
        />
      </ChangeForm>
    </details>
  );
}
