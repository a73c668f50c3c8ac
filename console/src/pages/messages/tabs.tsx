import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { TabLinks } from "../../ui";

/** Conversations, all texts, and texts that are kept for use again. */
export function MessageTabs() {
  const { t } = useWords();
  const { may } = useSession();
  const tabs: (readonly [string, string])[] = [];
  if (may("conversations:read")) tabs.push(["/messages", t("messages.tab_conversations")]);
  if (may("sms:read")) tabs.push(["/messages/texts", t("messages.tab_texts")]);
  if (may("emails:read")) tabs.push(["/messages/emails", t("messages.tab_emails")]);
  if (may("templates:read")) tabs.push(["/messages/templates", t("messages.tab_templates")]);
  return <TabLinks label={t("nav.messages")} tabs={tabs} />;
}
