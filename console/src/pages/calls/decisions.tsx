// Whether a person could be reached, each time that was asked, and because of what.
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { Badge, Card, Table, Time, Told } from "../../ui";

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
          { head: t("calls.because"), cell: (decision) => <Reason rule={decision.rule} reason={decision.reason} /> },
          { head: t("calls.when"), cell: (decision) => <Time at={decision.decided_at} /> },
        ]}
      />
    </Card>
  );
}

/** A rule in the chosen language, and what the appliance says of it in its own. */
export function Reason(props: { rule: string; reason: string }) {
  const { maybe } = useWords();
  const name = maybe(`rule.${props.rule}`, props.reason);
  return (
    <span className="stack-small">
      <span>{name}</span>
      {props.rule !== "none" && name !== props.reason && <span className="small soft"><Told text={props.reason} /></span>}
    </span>
  );
}
