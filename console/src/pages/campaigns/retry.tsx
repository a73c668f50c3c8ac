import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, CheckField, Dialog, Form, useToast } from "../../ui";

type Summary = components["schemas"]["CampaignSummary"];
type Wanted = components["schemas"]["RetryRequest"]["outcomes"];
/** States in which people can be called again. */
const STATES = new Set(["running", "paused", "completed"]);
/** Who was reached, or is not to be called, is not offered. */
const SETTLED = new Set(["human", "answered", "voicemail_left", "invalid_number", "skipped", "cancelled", "sent", "delivered"]);
/** What is chosen from the start. */
const LIKELY = new Set(["busy", "no_answer", "congestion", "interrupted"]);

/** Calls those again who were not reached; nothing when there is nobody. */
export function Retry({ campaign }: { campaign: Summary }) {
  const { t } = useWords();
  const found = Object.entries(campaign.stats.outcomes).filter(([outcome, count]) => count > 0 && !SETTLED.has(outcome));
  if (!STATES.has(campaign.state) || found.length === 0) return null;
  return (
    <Dialog
      title={t("campaigns.retry_title")}
      description={t("campaigns.retry_text")}
      trigger={
        <Button>
          <RotateCcw size={18} aria-hidden="true" />
          {t("campaigns.retry")}
        </Button>
      }
    >
      {(close) => <RetryForm id={campaign.campaign_id} found={found} onDone={close} />}
    </Dialog>
  );
}

function RetryForm(props: { id: string; found: readonly (readonly [outcome: string, count: number])[]; onDone: () => void }) {
  const { t, maybe } = useWords();
  const format = useFormat();
  const say = useToast();
  const [chosen, setChosen] = useState(() => props.found.map(([outcome]) => outcome).filter((each) => LIKELY.has(each)));
  const retry = useChange(
    () =>
      data(
        api.POST("/api/v1/campaigns/{campaign_id}/retry", {
          params: { path: { campaign_id: props.id } },
          body: { outcomes: chosen as Wanted },
        }),
      ),
    {
      touches: ["/api/v1/campaigns", "/api/v1/campaigns/{campaign_id}", "/api/v1/campaigns/{campaign_id}/recipients"],
      onDone: () => {
        say(t("campaigns.retry_done"));
        props.onDone();
      },
    },
  );
  return (
    <Form
      onSubmit={() => retry.run()}
      problem={retry.problem}
      actions={
        <Button type="submit" look="primary" busy={retry.busy} disabled={chosen.length === 0}>
          {t("campaigns.retry")}
        </Button>
      }
    >
      {props.found.map(([outcome, count]) => (
        <CheckField
          key={outcome}
          label={`${maybe(`outcome.${outcome}`, outcome)} (${format.number(count)})`}
          checked={chosen.includes(outcome)}
          onChange={(event) =>
            setChosen((before) => (event.target.checked ? [...before, outcome] : before.filter((each) => each !== outcome)))
          }
        />
      ))}
    </Form>
  );
}
