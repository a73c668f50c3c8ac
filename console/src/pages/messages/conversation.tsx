import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, Card, Empty, Form, Loading, Page, ProblemNote, TextArea, Time, Told } from "../../ui";
import { MessageState } from "./state";
import "./messages.css";

const LIST = "/api/v1/conversations";
const ONE = "/api/v1/conversations/{conversation_id}";
const TEXTS = "/api/v1/conversations/{conversation_id}/messages";

export default function Conversation() {
  const { t } = useWords();
  const { may } = useSession();
  const { conversationId = "" } = useParams();
  const path = { conversation_id: conversationId };
  const conversation = useGet(ONE, { path });
  const texts = usePages(TEXTS, "messages", { path }, { every: 3_000 });
  const read = useChange(() => api.POST("/api/v1/conversations/{conversation_id}/read", { params: { path } }), {
    touches: [LIST, ONE],
  });
  const newest = texts.items[0]?.message_id;
  const writes = may("conversations:write");
  const { run } = read;
  const unread = conversation.data?.unread ?? 0;
  useEffect(() => {
    // what is on the screen has been read
    if (writes && unread > 0) run();
  }, [newest, unread, writes]);
  return (
    <Await query={conversation}>
      {(found) => (
        <Page
          title={found.to}
          description={t("messages.over_number", { number: found.from })}
          from={[t("nav.messages"), "/messages"]}
          actions={
            found.contact_id !== null && (
              <Link className="button" to={`/contacts/${found.contact_id}`}>
                {t("messages.person")}
              </Link>
            )
          }
        >
          <Card>
            {texts.problem !== null && <ProblemNote problem={texts.problem} again={texts.again} />}
            {texts.loading ? (
              <Loading />
            ) : texts.items.length === 0 ? (
              <Empty title={t("messages.empty")} />
            ) : (
              <>
                {texts.more && (
                  <div>
                    <Button small busy={texts.loadingMore} onClick={texts.loadMore}>
                      {t("messages.older")}
                    </Button>
                  </div>
                )}
                <ol className="thread" aria-label={t("messages.tab_conversations")}>
                  {[...texts.items].reverse().map((text) => (
                    <li key={text.message_id} className={text.direction === "inbound" ? "text-theirs" : "text-ours"}>
                      <span className="visually-hidden">
                        {t(text.direction === "inbound" ? "player.theirs" : "messages.you")}:
                      </span>
                      {text.text !== null && <p>{text.text}</p>}
                      {text.pictures.map(
                        (picture) =>
                          picture.url !== null && (
                            <a key={picture.ordinal} href={picture.url} target="_blank" rel="noreferrer">
                              <img className="text-picture" src={picture.url} alt={t("messages.picture")} loading="lazy" />
                            </a>
                          ),
                      )}
                      {text.media.filter((_, index) => !text.pictures.some((kept) => kept.ordinal === index + 1 && kept.url !== null)).map((url) => (
                        <a key={url} href={url} target="_blank" rel="noreferrer">
                          {t("messages.picture")}
                        </a>
                      ))}
                      <span className="text-foot">
                        <Time at={text.created_at} />
                        {text.direction !== "inbound" && <MessageState status={text.status} />}
                      </span>
                      {text.reason !== null && <span className="small"><Told text={text.reason} /></span>}
                    </li>
                  ))}
                </ol>
              </>
            )}
            {writes && <Reply conversationId={conversationId} />}
          </Card>
        </Page>
      )}
    </Await>
  );
}

function Reply(props: { conversationId: string }) {
  const { t } = useWords();
  const [text, setText] = useState("");
  const send = useChange(
    () => api.POST(TEXTS, { params: { path: { conversation_id: props.conversationId } }, body: { text } }),
    { touches: [TEXTS, LIST], onDone: () => setText("") },
  );
  return (
    <Form
      wide
      onSubmit={() => send.run()}
      problem={send.problem}
      actions={
        <Button type="submit" look="primary" busy={send.busy} disabled={text.trim() === ""}>
          {t("messages.send")}
        </Button>
      }
    >
      <TextArea label={t("messages.reply")} name="text" rows={3} value={text} onChange={(e) => setText(e.target.value)} />
    </Form>
  );
}
