// What texts and emails say of themselves alike.
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Badge, Card, Code, Facts, Time, Told } from "../../ui";
import { MessageState } from "./state";

/** How often a message that is on its way is asked after, in milliseconds. */
export const EVERY_MS = 3_000;
const ON_THE_WAY = new Set(["queued", "sending", "sent"]);

/** How soon to look again: not at all once nothing more is to come. */
export function lookAgain(message: { status: string } | undefined): number | false {
  return message !== undefined && ON_THE_WAY.has(message.status) ? EVERY_MS : false;
}

interface Message {
  message_id: string;
  status: string;
  from: string;
  to: string;
  reason: string | null;
  provider_status: string | null;
  sandbox: boolean;
  price: string | null;
  currency: string | null;
  campaign_id: string | null;
  call_id: string | null;
  created_at: string;
  scheduled_at: string;
  expires_at: string | null;
  sent_at: string | null;
  ended_at: string | null;
}

/** The facts of a message; `more` stand before its times. */
export function MessageFacts(props: { message: Message; more?: readonly (readonly [ReactNode, ReactNode])[] }) {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { message } = props;
  const time = (at: string | null) => (at === null ? undefined : <Time at={at} exact />);
  return (
    <Facts
      of={[
        [
          t("common.status"),
          <span className="row" key="status">
            <MessageState status={message.status} />
            {message.sandbox && <Badge>{t("common.sandbox")}</Badge>}
          </span>,
        ],
        [t("calls.reason"), message.reason === null ? undefined : <Told key="reason" text={message.reason} />],
        [t("messages.provider_said"), message.provider_status ?? undefined],
        [t("calls.from"), message.from],
        [t("calls.to"), message.to],
        ...(props.more ?? []),
        [
          t("calls.cost"),
          message.price === null || message.currency === null ? undefined : format.money(message.price, message.currency),
        ],
        [t("common.created"), time(message.created_at)],
        [t("messages.not_before"), message.status === "queued" ? time(message.scheduled_at) : undefined],
        [t("messages.not_after"), time(message.expires_at)],
        [t("messages.sent_at"), time(message.sent_at)],
        [t("messages.ended_at"), time(message.ended_at)],
        [
          t("calls.campaign"),
          message.campaign_id === null || !may("campaigns:read") ? undefined : (
            <Link key="campaign" to={`/campaigns/${message.campaign_id}`}>
              {t("calls.to_campaign")}
            </Link>
          ),
        ],
        [
          t("messages.call"),
          message.call_id === null || !may("calls:read") ? undefined : (
            <Link key="call" to={`/calls/${message.call_id}`}>
              {t("messages.to_call")}
            </Link>
          ),
        ],
        ["ID", <code key="id">{message.message_id}</code>],
      ]}
    />
  );
}

/** What a program gave with a message. */
export function Given(props: { variables: Record<string, string>; metadata: Record<string, unknown> }) {
  const { t } = useWords();
  return (
    <>
      {Object.keys(props.variables).length > 0 && (
        <Card title={t("calls.variables")}>
          <Facts of={Object.entries(props.variables)} />
        </Card>
      )}
      {Object.keys(props.metadata).length > 0 && (
        <Card title={t("calls.metadata")}>
          <Code text={JSON.stringify(props.metadata, null, 2)} label={t("calls.metadata")} />
        </Card>
      )}
    </>
  );
}
