import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";

/** What was pressed or said at each step, as bars. */
export function Answers(props: { answers: Readonly<Record<string, Readonly<Record<string, number>>>> }) {
  const { t } = useWords();
  const format = useFormat();
  const steps = Object.entries(props.answers);
  if (steps.length === 0) return <p className="soft">{t("campaigns.no_answers")}</p>;
  return (
    <>
      {steps.map(([step, counts]) => {
        const rows = Object.entries(counts).sort(([one], [other]) => one.localeCompare(other, undefined, { numeric: true }));
        const total = rows.reduce((sum, [, count]) => sum + count, 0);
        return (
          <div key={step} className="stack-small">
            {steps.length > 1 && <h3>{step}</h3>}
            <ul className="bars">
              {rows.map(([answer, count]) => (
                <li key={answer}>
                  <kbd>{answer}</kbd>
                  <span className="bar" aria-hidden="true">
                    <span style={{ width: `${total > 0 ? (100 * count) / total : 0}%` }} />
                  </span>
                  <span className="tabular">
                    {format.number(count)} <span className="soft small">{format.percent(total > 0 ? count / total : 0)}</span>
                  </span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </>
  );
}
