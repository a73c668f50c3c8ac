// What is shown when a page throws, or does not exist.
import { isRouteErrorResponse, useRouteError } from "react-router";
import { asProblem } from "../api/problem";
import { useWords } from "../i18n";
import { ButtonLink, Empty, Page, ProblemNote } from "../ui";

export function Failure() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <Missing />;
  return (
    <main className="alone">
      <ProblemNote problem={asProblem(error)} again={() => location.reload()} />
    </main>
  );
}

export function Missing() {
  const { t } = useWords();
  return (
    <Page title={t("error.page")}>
      <section className="card">
        <Empty title={t("error.page")} action={<ButtonLink to="/">{t("error.home")}</ButtonLink>}>
          {t("error.page_text")}
        </Empty>
      </section>
    </Page>
  );
}
