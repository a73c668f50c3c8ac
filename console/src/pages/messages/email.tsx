import { useParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Card, Code, Page, Table, Time } from "../../ui";
import { Decisions } from "../calls/decisions";
import { CancelMessage } from "./cancel";
import { Given, lookAgain, MessageFacts } from "./facts";
import "./messages.css";

const LIST = "/api/v1/emails";
const ONE = "/api/v1/emails/{email_id}";
type Detail = Answer<typeof ONE>;

/** One email: what it says, what became of it, and whether it was opened. */
export default function Email() {
  const { t } = useWords();
  const { may } = useSession();
  const { messageId = "" } = useParams();
  const path = { email_id: messageId };
  const email = useGet(ONE, { path }, { every: lookAgain });
  const cancel = useChange(() => api.POST("/api/v1/emails/{email_id}/cancel", { params: { path } }), {
    touches: [LIST, ONE],
  });
  return (
    <Await query={email}>
      {(found) => (
        <Page
          title={found.to}
          from={[t("messages.tab_emails"), "/messages/emails"]}
          actions={found.status === "queued" && may("emails:write") && <CancelMessage onCancel={() => cancel.runAsync()} />}
        >
          <div className="columns">
            <div className="stack">
              <Card title={found.subject ?? t("messages.text")}>
                <Written of={found} />
              </Card>
              <Attached of={found} />
              <Decisions title={t("messages.decisions")} decisions={found.decisions} />
            </div>
            <div className="stack">
              <Card title={t("calls.summary")}>
                <MessageFacts message={found} />
              </Card>
              <Counts of={found} />
              <Given variables={found.variables} metadata={found.metadata} />
            </div>
          </div>
        </Page>
      )}
    </Await>
  );
}

/** The text; the HTML as it is written, for a page shows no markup of others. */
function Written({ of: email }: { of: Detail }) {
  const { t } = useWords();
  if (email.text === null && email.html === null) return <p className="soft">{t("messages.nothing_kept")}</p>;
  return (
    <>
      {email.text !== null && <p className="message-text">{email.text}</p>}
      {email.html !== null && (
        <details open={email.text === null}>
          <summary>{t("messages.html")}</summary>
          <Code text={email.html} label={t("messages.html")} />
        </details>
      )}
    </>
  );
}

function Attached({ of: email }: { of: Detail }) {
  const { t } = useWords();
  const format = useFormat();
  if (email.attachments.length === 0) return null;
  return (
    <Card title={t("messages.attachments")} bare>
      <Table
        label={t("messages.attachments")}
        rows={email.attachments.map((file, index) => ({ ...file, place: index }))}
        id={(file) => String(file.place)}
        columns={[
          { head: t("common.name"), cell: (file) => file.filename },
          { head: t("messages.file_type"), cell: (file) => <code>{file.content_type}</code> },
          { head: t("messages.file_size"), number: true, cell: (file) => format.bytes(file.bytes) },
        ]}
      />
    </Card>
  );
}

/** How often it was opened, and its links followed. */
function Counts({ of: email }: { of: Detail }) {
  const { t, maybe } = useWords();
  const format = useFormat();
  if (email.counts.length === 0) return null;
  return (
    <Card title={t("messages.counts")} bare>
      <Table
        label={t("messages.counts")}
        rows={email.counts}
        id={(each) => `${each.kind} ${each.url ?? ""}`}
        columns={[
          {
            head: t("messages.what"),
            cell: (each) => (
              <span className="stack-small">
                <span>{maybe(`messages.count_${each.kind}`, each.kind)}</span>
                {each.url !== null && <code className="small">{each.url}</code>}
              </span>
            ),
          },
          { head: t("messages.times"), number: true, cell: (each) => format.number(each.times) },
          { head: t("messages.last_time"), cell: (each) => <Time at={each.last_at} /> },
        ]}
      />
    </Card>
  );
}
