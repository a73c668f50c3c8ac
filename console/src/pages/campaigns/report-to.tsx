import { Mail } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Await, Button, ChangeForm, Dialog, Facts, TextArea, useToast } from "../../ui";

const PATH = "/api/v1/campaigns/{campaign_id}/report-to";

/** Who gets the report by email when the campaign is over. */
export function ReportTo({ campaignId }: { campaignId: string }) {
  const { t } = useWords();
  return (
    <Dialog
      title={t("campaigns.report_to")}
      description={t("campaigns.report_to_text")}
      trigger={
        <Button>
          <Mail size={18} aria-hidden="true" />
          {t("campaigns.report_to")}
        </Button>
      }
    >
      {(close) => <Addresses id={campaignId} onDone={close} />}
    </Dialog>
  );
}

function Addresses(props: { id: string; onDone: () => void }) {
  const known = useGet(PATH, { path: { campaign_id: props.id } });
  return <Await query={known}>{(found) => <AddressForm of={found} {...props} />}</Await>;
}

function AddressForm(props: { id: string; of: Answer<typeof PATH>; onDone: () => void }) {
  const { t } = useWords();
  const format = useFormat();
  const say = useToast();
  const [emails, setEmails] = useState(props.of.emails.map((each) => each.email).join("\n"));
  const save = useChange(
    () =>
      api.PUT(PATH, {
        params: { path: { campaign_id: props.id } },
        body: { emails: emails.split("\n").map((line) => line.trim()).filter(Boolean) },
      }),
    {
      touches: [PATH],
      onDone: () => {
        say(t("common.saved"));
        props.onDone();
      },
    },
  );
  const sent = props.of.emails.filter((each) => each.sent_at !== null);
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <TextArea label={t("contacts.emails")} name="emails" rows={3} value={emails} onChange={(e) => setEmails(e.target.value)} />
      {sent.length > 0 && (
        <Facts of={sent.map((each) => [each.email, t("campaigns.report_sent", { time: format.short(each.sent_at ?? "") })] as const)} />
      )}
    </ChangeForm>
  );
}
