import { useWords } from "../../i18n";
import { useToast, Button, Confirm } from "../../ui";

/** Calls a message back that still waits. */
export function CancelMessage(props: { onCancel: () => Promise<unknown> }) {
  const { t } = useWords();
  const say = useToast();
  return (
    <Confirm
      title={t("messages.cancel_title")}
      action={t("messages.cancel")}
      trigger={<Button look="danger">{t("messages.cancel")}</Button>}
      onConfirm={async () => {
        await props.onCancel();
        say(t("messages.cancel_done"));
      }}
    >
      <p>{t("messages.cancel_text")}</p>
    </Confirm>
  );
}
