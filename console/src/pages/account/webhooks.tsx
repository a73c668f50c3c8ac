import { Webhook } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, Card, Code, Empty, Page, Table, Time } from "../../ui";

/** What signs webhooks, the last things that happened, and where each delivery is seen and sent again. */
export default function Webhooks() {
  const { t } = useWords();
  const { may } = useSession();
  const calls = usePages("/api/v1/calls", "calls", {}, { limit: 100 });
  const told = calls.items.filter((call) => call.webhook_url !== null);
  return (
    <Page
      title={t("nav.webhooks")}
      description={t("webhooks.description")}
      actions={
        <a className="button" href="/api/docs" target="_blank" rel="noreferrer">
          {t("shell.api_docs")}
        </a>
      }
    >
      {may("webhooks:read") && <Secret />}
      <Card title={t("webhooks.calls")} bare>
        {told.length === 0 ? (
          <Empty icon={<Webhook />} title={t("webhooks.empty")}>
            {t("webhooks.empty_text")}
          </Empty>
        ) : (
          <Table
            label={t("webhooks.calls")}
            rows={told}
            id={(call) => call.call_id}
            columns={[
              { head: t("calls.to"), cell: (call) => <Link to={`/calls/${call.call_id}`}>{call.to}</Link> },
              { head: t("webhooks.url"), cell: (call) => <code>{call.webhook_url}</code> },
              { head: t("calls.when"), cell: (call) => <Time at={call.created_at} /> },
            ]}
          />
        )}
      </Card>
    </Page>
  );
}

function Secret() {
  const { t } = useWords();
  const [shown, setShown] = useState(false);
  const secret = useGet("/api/v1/account/webhook-secret", {}, { enabled: shown });
  return (
    <Card title={t("webhooks.secret")}>
      <p>{t("webhooks.secret_text")}</p>
      {shown ? (
        <Await query={secret}>{(found) => <Code text={found.webhook_secret} label={t("webhooks.secret")} />}</Await>
      ) : (
        <div>
          <Button onClick={() => setShown(true)}>{t("webhooks.show")}</Button>
        </div>
      )}
    </Card>
  );
}
