// A step on the canvas: what it is, what it says, and a handle for each way on.
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { AlertTriangle, Flag } from "lucide-react";
import { useWords } from "../../i18n";
import { WIDTH, gist, waysOf, type Step } from "./graph";
import { iconOf } from "./icons";
import { useWayLabel } from "./labels";

export interface StepData extends Record<string, unknown> {
  step: Step;
  start: boolean;
  machine: boolean;
  faults: readonly string[];
  /** Whether a trial is here, or has been. */
  lit: "now" | "before" | null;
}
export type StepNode = Node<StepData, "step">;

export function StepCard({ id, data, selected }: NodeProps<StepNode>) {
  const { t, maybe } = useWords();
  const label = useWayLabel();
  const Icon = iconOf(data.step.type);
  const classes = ["step", selected && "step-selected", data.faults.length > 0 && "step-wrong", data.lit && `step-${data.lit}`];
  return (
    <div className={classes.filter(Boolean).join(" ")} style={{ width: WIDTH }}>
      <Handle type="target" position={Position.Left} />
      <div className="step-head">
        <Icon size={16} aria-hidden="true" />
        <strong>{maybe(`flows.type_${data.step.type}`, data.step.type)}</strong>
        {data.start && (
          <span className="step-mark">
            <Flag size={12} aria-hidden="true" /> {t("flows.start")}
          </span>
        )}
        {data.machine && <span className="step-mark">{t("flows.for_machines")}</span>}
        {data.faults.length > 0 && (
          <AlertTriangle size={16} className="step-fault" role="img" aria-label={t("flows.faults", { count: data.faults.length })} />
        )}
      </div>
      <div className="step-gist">{gist(data.step) || <span className="soft">{id}</span>}</div>
      <ul className="step-ways">
        {waysOf(data.step).map((way) => (
          <li key={way.key}>
            <span>{label(way)}</span>
            {way.target === null && <span className="soft">{t("flows.ends")}</span>}
            <Handle type="source" position={Position.Right} id={way.key} />
          </li>
        ))}
      </ul>
    </div>
  );
}
