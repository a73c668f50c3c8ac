// What is loading, empty or wrong.
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "./button";
import { Told } from "./pieces";

export type Tone = "good" | "warn" | "bad" | "info" | "plain";

export function Note(props: { tone?: Tone; title?: ReactNode; children?: ReactNode; role?: "alert" | "status" }) {
  const { tone = "plain", title, children, role } = props;
  return (
    <div className={tone === "plain" ? "note" : `note note-${tone}`} role={role}>
      {title !== undefined && <strong>{title}</strong>}
      {children}
    </div>
  );
}

/** What a problem means for the person at the screen. */
export function useProblemText(): (problem: Problem) => ReactNode {
  const { t } = useWords();
  return (problem) => {
    if (problem.code === "offline") return t("error.offline");
    if (problem.code === "console") return t("error.console", { detail: problem.detail });
    if (problem.status === 429) return t("error.rate", { count: problem.retryAfter ?? 1 });
    if (problem.status === 403 && problem.detail.includes("permission")) return t("error.forbidden");
    if (problem.status >= 500 && problem.status !== 503) return t("error.server");
    return <Told text={problem.detail} />;
  };
}

/** A problem; fields in `claimed` show their own errors. */
export function ProblemNote(props: { problem: Problem; claimed?: readonly string[]; again?: () => void }) {
  const { t } = useWords();
  const text = useProblemText();
  const { problem, claimed = [], again } = props;
  const shown = (field: string) => claimed.some((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
  const others = problem.errors.filter((error) => !shown(error.field));
  if (problem.errors.length > 0) {
    return (
      <Note tone="bad" title={t("error.fields")} role="alert">
        {others.length > 0 && (
          <ul>
            {others.map((error) => (
              <li key={`${error.field} ${error.message}`}>
                <code>{error.field}</code>: <Told text={error.message} />
              </li>
            ))}
          </ul>
        )}
      </Note>
    );
  }
  return (
    <Note tone="bad" title={t("error.title")} role="alert">
      <span>{text(problem)}</span>
      {again !== undefined && (
        <div>
          <Button small onClick={again}>
            {t("common.again")}
          </Button>
        </div>
      )}
    </Note>
  );
}

/** Nothing is here yet: what it is for, and what to do. */
export function Empty(props: { icon?: ReactNode; title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      {props.icon !== undefined && (
        <span className="empty-icon" aria-hidden="true">
          {props.icon}
        </span>
      )}
      <h2>{props.title}</h2>
      {props.children !== undefined && <p>{props.children}</p>}
      {props.action !== undefined && <div className="row">{props.action}</div>}
    </div>
  );
}

export function Loading() {
  const { t } = useWords();
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      <span className="visually-hidden">{t("common.loading")}</span>
    </div>
  );
}

/** Shows a query's state until its data is there. */
export function Await<T>(props: {
  query: { data: T | undefined; isPending: boolean; error: unknown; refetch?: () => unknown };
  children: (data: T) => ReactNode;
}) {
  const { query } = props;
  if (query.data !== undefined) return <>{props.children(query.data)}</>;
  if (query.error !== null) {
    const again = query.refetch;
    return <ProblemNote problem={query.error as Problem} {...(again ? { again: () => void again() } : {})} />;
  }
  return <Loading />;
}
