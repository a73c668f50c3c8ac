// Tables, which become cards where they have no room; lists of any length are read page by page.
import type { ReactNode } from "react";
import type { Pages } from "../api/queries";
import { useWords } from "../i18n";
import { Button } from "./button";
import { Loading, ProblemNote } from "./feedback";

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  /** Right-aligned figures. */
  number?: boolean;
  /** The heading is for screen readers only (buttons). */
  hideHead?: boolean;
}

export function Table<T>(props: { label: string; columns: readonly Column<T>[]; rows: readonly T[]; id: (row: T) => string }) {
  return (
    <div className={props.columns.length > 4 ? "table-wrap table-wrap-wide" : "table-wrap"}>
      {/* shown as cards, a table would lose its meaning: the roles say it */}
      <table className="table" aria-label={props.label} role="table">
        <thead role="rowgroup">
          <tr role="row">
            {props.columns.map((column) => (
              <th key={column.head} scope="col" role="columnheader" className={column.number ? "number" : undefined}>
                {column.hideHead ? <span className="visually-hidden">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => (
            <tr key={props.id(row)} role="row">
              {props.columns.map((column) => (
                <td
                  role="cell"
                  key={column.head}
                  className={column.number ? "number" : undefined}
                  data-label={column.hideHead ? "" : column.head}
                >
                  <span>{column.cell(row)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A list of `usePages` in a card: loading, problem, `empty`, or the table and how to get more. */
export function PagedTable<T>(props: {
  label: string;
  pages: Pages<T>;
  columns: readonly Column<T>[];
  id: (row: T) => string;
  empty: ReactNode;
}) {
  const { t } = useWords();
  const { pages } = props;
  if (pages.loading) {
    return (
      <section className="card">
        <Loading />
      </section>
    );
  }
  if (pages.problem !== null && pages.items.length === 0) {
    return <ProblemNote problem={pages.problem} again={pages.again} />;
  }
  if (pages.items.length === 0) return <section className="card">{props.empty}</section>;
  return (
    <section className="card">
      <Table label={props.label} columns={props.columns} rows={pages.items} id={props.id} />
      <div className="table-foot">
        <span role="status">{t("common.shown", { count: pages.items.length })}</span>
        {pages.more ? (
          <Button small busy={pages.loadingMore} onClick={pages.loadMore}>
            {t("common.more")}
          </Button>
        ) : (
          <span>{t("common.end")}</span>
        )}
      </div>
    </section>
  );
}
