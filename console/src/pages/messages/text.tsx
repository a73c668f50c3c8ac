import { Link, useParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Card, Page, Table, Told } from "../../ui";
import { Decisions } from "../calls/decisions";
import { CancelMessage } from "./cancel";
import { EVERY_MS, Given, lookAgain, MessageFacts } from "./facts";
import "./messages.css";

const LIST = "/api/v1/sms";
const ONE = "/api/v1/sms/{sms_id}";
type Detail = Answer<typeof ONE>;

/** Pictures come some moments after their text. */
function later(text: Detail | undefined): number | false {
  return text?.pictures.some((picture) => picture.state === "waiting") ? EVERY_MS : lookAgain(text);
}

/** One text: what it says, what became of it, and its pictures. */
export default function Text() {
  const { t } = useWords();
  const { may } = useSession();
  const format = useFormat();
  const { messageId = "" } = useParams();
  const path = { sms_id: messageId };
  const text = useGet(ONE, { path }, { every: later });
  const cancel = useChange(() => api.POST("/api/v1/sms/{sms_id}/cancel", { params: { path } }), { touches: [LIST, ONE] });
  return (
    <Await query={text}>
      {(found) => (
        <Page
          title={found.direction === "inbound" ? found.from : found.to}
          from={[t("messages.tab_texts"), "/messages/texts"]}
          actions={
            <>
              {found.conversation_id !== null && !found.sandbox && may("conversations:read") && (
                <Link className="button" to={`/messages/${found.conversation_id}`}>
                  {t("messages.to_conversation")}
                </Link>
              )}
              {found.status === "queued" && may("sms:write") && <CancelMessage onCancel={() => cancel.runAsync()} />}
            </>
          }
        >
          <div className="columns">
            <div className="stack">
              <Card title={t("messages.text")}>
                {found.text !== null && <p className="message-text">{found.text}</p>}
                <Pictures of={found} />
              </Card>
              <Decisions title={t("messages.decisions")} decisions={found.decisions} />
            </div>
            <div className="stack">
              <Card title={t("calls.summary")}>
                <MessageFacts
                  message={found}
                  more={[
                    [t("calls.direction"), t(found.direction === "inbound" ? "direction.inbound" : "direction.outbound")],
                    [t("messages.parts"), found.parts === null ? undefined : format.number(found.parts)],
                    [t("messages.encoding"), found.encoding ?? undefined],
                  ]}
                />
              </Card>
              <Parts of={found} />
              <Given variables={found.variables} metadata={found.metadata} />
            </div>
          </div>
        </Page>
      )}
    </Await>
  );
}

/** Pictures that are kept here, by links that are good for an hour; of the others where they are, or why they are not. */
function Pictures({ of: text }: { of: Detail }) {
  const { t } = useWords();
  const kept = new Set(text.pictures.map((picture) => picture.ordinal));
  const elsewhere = text.media_urls.filter((_, index) => !kept.has(index + 1));
  return (
    <>
      {text.pictures.map((picture) =>
        picture.url !== null ? (
          <a key={picture.ordinal} href={picture.url} target="_blank" rel="noreferrer">
            <img className="text-picture" src={picture.url} alt={t("messages.picture")} loading="lazy" />
          </a>
        ) : (
          <p key={picture.ordinal} className="soft">
            {picture.state === "waiting"
              ? t("messages.picture_waits", { number: picture.ordinal })
              : t("messages.picture_failed", { number: picture.ordinal, reason: picture.reason ?? "" })}
          </p>
        ),
      )}
      {elsewhere.map((url) => (
        <p key={url}>
          <a href={url} target="_blank" rel="noreferrer">
            {t("messages.picture")}
          </a>
        </p>
      ))}
    </>
  );
}

/** What the provider says of each part. */
function Parts({ of: text }: { of: Detail }) {
  const { t } = useWords();
  const format = useFormat();
  if (text.provider_parts.length === 0) return null;
  return (
    <Card title={t("messages.provider_parts")} bare>
      <Table
        label={t("messages.provider_parts")}
        rows={text.provider_parts}
        id={(part) => `${part.part} ${part.provider_id}`}
        columns={[
          { head: t("messages.part"), number: true, cell: (part) => format.number(part.part) },
          { head: t("messages.provider_id"), cell: (part) => <code>{part.provider_id}</code> },
          { head: t("messages.provider_state"), cell: (part) => part.state ?? t("messages.no_receipt") },
          { head: t("calls.reason"), cell: (part) => (part.error === null ? "" : <Told text={part.error} />) },
        ]}
      />
    </Card>
  );
}
