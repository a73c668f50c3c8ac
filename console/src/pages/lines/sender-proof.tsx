// An address of emails is proved by a code that is mailed to it.
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { useWords } from "../../i18n";
import { Button, Dialog, Form, Note, TextField, useToast } from "../../ui";
import type { Sender } from "./senders";

const LIST = "/api/v1/senders";

export function ProveDialog(props: { sender: Sender; onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog
      open
      onOpenChange={(stays) => !stays && props.onClose()}
      title={t("senders.prove_title", { address: props.sender.address })}
      description={t("senders.prove_text")}
    >
      <ProveForm {...props} />
    </Dialog>
  );
}

function ProveForm({ sender, onClose }: { sender: Sender; onClose: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [asks, setAsks] = useState(false);
  const [code, setCode] = useState("");
  const params = { path: { sender_id: sender.sender_id } };
  const mail = useChange(() => api.POST("/api/v1/senders/{sender_id}/code", { params }), { onDone: () => setAsks(true) });
  const check = useChange(() => data(api.POST("/api/v1/senders/{sender_id}/verify", { params, body: { code } })), {
    touches: [LIST],
    onDone: (checked) => {
      if (!checked.valid) return;
      say(t("senders.proved"));
      onClose();
    },
  });
  if (!asks) {
    return (
      <Form
        onSubmit={() => mail.run()}
        problem={mail.problem}
        actions={
          <>
            <Button onClick={() => setAsks(true)}>{t("senders.have_code")}</Button>
            <Button type="submit" look="primary" busy={mail.busy}>
              {t("senders.mail_code")}
            </Button>
          </>
        }
      >
        <span />
      </Form>
    );
  }
  return (
    <Form
      onSubmit={() => check.run()}
      problem={check.problem}
      actions={
        <>
          <Button
            onClick={() => {
              check.reset();
              setAsks(false);
            }}
          >
            {t("senders.another_code")}
          </Button>
          <Button type="submit" look="primary" busy={check.busy}>
            {t("numbers.check")}
          </Button>
        </>
      }
    >
      {mail.done && (
        <Note tone="info" role="status">
          {t("senders.code_sent", { address: sender.address })}
        </Note>
      )}
      <TextField
        label={t("numbers.code")}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        error={check.result?.valid === false ? t("senders.wrong_code") : undefined}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
    </Form>
  );
}
