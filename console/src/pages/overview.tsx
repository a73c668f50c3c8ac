import { useWords } from "../i18n";
import { useSession } from "../shell/session";
import { ButtonLink, Card, Empty, Page } from "../ui";

export default function Overview() {
  const { t } = useWords();
  const { account } = useSession();
  return (
    <Page title={account.organisation.name}>
      <Card bare>
        <Empty title={t("calls.empty")} action={<ButtonLink to="/start">{t("calls.start")}</ButtonLink>}>
          {t("calls.empty_text")}
        </Empty>
      </Card>
    </Page>
  );
}
