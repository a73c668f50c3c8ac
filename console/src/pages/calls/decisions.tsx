// Whether a person could be reached, each time that was asked, and because of what.
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { Badge, Card, Table, Time } from "../../ui";

type Decision = Pick<components["schemas"]["DecisionOut"], "verdict" | "rule" | "reason" | "decided_at">;

export function Decisions(props: { title: string; decisions: readonly Decision[] }) {
  const { t, maybe } = useWords();
  if (props.decisions.length === 0) return null;
  return (
    <Card title={props.title} bare>
      <Table
        label={props.title}
        rows={props.decisions}
        id={(decision) => `${decision.decided_at} ${decision.rule} ${decision.reason}`}
        columns={[
          {
            head: t("calls.verdict"),
            cell: (decision) => (
              <Badge tone={decision.verdict === "allowed" ? "good" : "warn"}>
                {maybe(`decision.${decision.verdict}`, decision.verdict)}
              </Badge>
            ),
          },
          { head: t("calls.because"), cell: (decision) => decision.reason },
          { head: t("calls.when"), cell: (decision) => <Time at={decision.decided_at} /> },
        ]}
      />
    </Card>
  );
}
