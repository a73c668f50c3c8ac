// Statements by email: who gets each month's, and one month's at once.
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, Card, ChangeForm, Dialog, Table, TextArea, useToast } from "../../ui";

const MAILING = "/api/v1/statements/mailing";

/** Addresses, as people write them: one a line, or with commas between. */
function addresses(text: string): string[] {
  return text.split(/[\s,;]+/).filter((each) => each !== "");
}

/** Who gets each month's statement, when the month is over. */
export function Mailing() {
  const { t } = useWords();
  const { may } = useSession();
  const mailing = useGet(MAILING);
  return (
    <Await query={mailing}>
      {(found) => (
        <Card title={t("mailing.title")} actions={may("statements:write") && <Edit of={found} />} bare={found.emails.length > 0}>
          {found.emails.length === 0 ? (
            <p className="soft">{t(may("statements:write") ? "mailing.nobody" : "mailing.nobody_here")}</p>
          ) : (
            <Table
              label={t("mailing.title")}
              rows={found.emails}
              id={(each) => each.email}
              columns={[
                { head: t("common.email"), cell: (each) => each.email },
                { head: t("mailing.next"), cell: (each) => <span className="tabular">{each.next_month}</span> },
              ]}
            />
          )}
        </Card>
      )}
    </Await>
  );
}

function Edit({ of: found }: { of: Answer<typeof MAILING> }) {
  const { t } = useWords();
  return (
    <Dialog
      title={t("mailing.title")}
      description={t("mailing.text")}
      trigger={<Button small>{t(found.emails.length === 0 ? "mailing.set_up" : "common.edit")}</Button>}
    >
      {(close) => <EditForm of={found} onDone={close} />}
    </Dialog>
  );
}

function EditForm({ of: found, onDone }: { of: Answer<typeof MAILING>; onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [text, setText] = useState(found.emails.map((each) => each.email).join("\n"));
  const save = useChange(() => data(api.PUT(MAILING, { body: { emails: addresses(text) } })), {
    touches: [MAILING],
    onDone: () => {
      say(t("common.saved"));
      onDone();
    },
  });
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <TextArea
        label={t("mailing.addresses")}
        hint={t("mailing.addresses_hint")}
        name="emails"
        rows={4}
        placeholder="office@example.com"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </ChangeForm>
  );
}

/** Sends the statement of a month now. */
export function MailOne({ month }: { month: string }) {
  const { t } = useWords();
  return (
    <Dialog title={t("mailing.send_title", { month })} description={t("mailing.send_text")} trigger={<Button>{t("mailing.send")}</Button>}>
      {(close) => <MailForm month={month} onDone={close} />}
    </Dialog>
  );
}

function MailForm({ month, onDone }: { month: string; onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [text, setText] = useState("");
  const send = useChange(
    () => data(api.POST("/api/v1/statements/mail", { body: { month, ...(text.trim() === "" ? {} : { emails: addresses(text) }) } })),
    {
      onDone: (sent) => {
        say(t("mailing.sent", { emails: sent.emails.join(", ") }));
        onDone();
      },
    },
  );
  return (
    <ChangeForm change={send} submit={t("mailing.send")}>
      <TextArea
        label={t("mailing.addresses")}
        hint={t("mailing.send_hint")}
        optional
        name="emails"
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </ChangeForm>
  );
}
