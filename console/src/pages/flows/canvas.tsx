// The canvas: steps that can be moved and connected, by mouse, touch or keys.
import {
  Background, Controls, MarkerType, ReactFlow, applyNodeChanges, useReactFlow, type Connection, type Edge, type NodeChange,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useEffect, useMemo, useState } from "react";
import { useWords } from "../../i18n";
import { placed, waysOf, withWay, type Draft, type Layout } from "./graph";
import { StepCard, type StepNode } from "./node";

const NODES = { step: StepCard };

export function Canvas(props: {
  draft: Draft;
  layout: Layout;
  faults: Readonly<Record<string, readonly string[]>>;
  selected: string | null;
  path: readonly string[];
  locked: boolean;
  onSelect: (id: string | null) => void;
  onMove: (layout: Layout) => void;
  onChange: (draft: Draft) => void;
  onRemove: (id: string) => void;
}) {
  const { draft, layout, faults, selected, path } = props;
  const { t } = useWords();
  const flow = useReactFlow();
  const places = useMemo(() => placed(draft, layout), [draft, layout]);
  const wanted = useMemo<StepNode[]>(
    () =>
      Object.entries(draft.steps).map(([id, step]) => ({
        id,
        type: "step",
        position: places[id] ?? { x: 0, y: 0 },
        selected: id === selected,
        ariaLabel: `${t("flows.step")} ${id}`,
        data: {
          step,
          start: draft.start === id,
          machine: draft.on_machine?.start === id,
          faults: faults[id] ?? [],
          lit: path.at(-1) === id ? "now" : path.includes(id) ? "before" : null,
        },
      })),
    [draft, places, faults, selected, path, t],
  );
  // React Flow keeps what it measured in the nodes
  const [nodes, setNodes] = useState(wanted);
  useEffect(
    () =>
      setNodes((before) => {
        const known = new Map(before.map((node) => [node.id, node]));
        return wanted.map((node) => ({ ...known.get(node.id), ...node }));
      }),
    [wanted],
  );
  const edges = useMemo<Edge[]>(
    () =>
      Object.entries(draft.steps).flatMap(([id, step]) =>
        waysOf(step).flatMap((way) => {
          if (way.target === null || draft.steps[way.target] === undefined) return [];
          const at = path.lastIndexOf(id);
          const lit = at >= 0 && path[at + 1] === way.target;
          return [
            {
              id: `${id} ${way.key}`,
              source: id,
              sourceHandle: way.key,
              target: way.target,
              className: lit ? "edge-lit" : "",
              markerEnd: { type: MarkerType.ArrowClosed },
              focusable: false,
            },
          ];
        }),
      ),
    [draft, path],
  );
  const count = nodes.length;
  useEffect(() => {
    // once the steps are measured, and whenever one more is there
    const timer = setTimeout(() => void flow.fitView({ padding: 0.15, maxZoom: 1 }), 60);
    return () => clearTimeout(timer);
  }, [flow, count]);
  const connect = (connection: Connection) => {
    const step = draft.steps[connection.source];
    if (step === undefined || connection.sourceHandle === null) return;
    props.onChange({
      ...draft,
      steps: { ...draft.steps, [connection.source]: withWay(step, connection.sourceHandle, connection.target) },
    });
  };
  const changed = (changes: NodeChange<StepNode>[]) => {
    setNodes((before) => applyNodeChanges(changes, before));
    for (const change of changes) if (change.type === "select" && change.selected) props.onSelect(change.id);
    const moved = changes.filter((change) => change.type === "position" && change.dragging !== true && change.position);
    if (moved.length > 0)
      props.onMove({
        ...places,
        ...Object.fromEntries(
          moved.flatMap((change) =>
            change.type === "position" && change.position
              ? [[change.id, { x: Math.round(change.position.x), y: Math.round(change.position.y) }]]
              : [],
          ),
        ),
      });
  };
  return (
    <div
      className="canvas"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        props.onSelect(null);
        // React Flow takes the focus from the step a moment later
        const step = event.target;
        if (step instanceof HTMLElement) requestAnimationFrame(() => step.focus());
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        onNodesChange={changed}
        onConnect={connect}
        onNodesDelete={(gone) => gone.forEach((node) => props.onRemove(node.id))}
        onEdgesDelete={(gone) =>
          gone.forEach((edge) => {
            const step = draft.steps[edge.source];
            if (step && edge.sourceHandle)
              props.onChange({ ...draft, steps: { ...draft.steps, [edge.source]: withWay(step, edge.sourceHandle, null) } });
          })
        }
        onPaneClick={() => props.onSelect(null)}
        nodesDraggable={!props.locked}
        nodesConnectable={!props.locked}
        deleteKeyCode={props.locked ? null : ["Delete", "Backspace"]}
        minZoom={0.2}
        fitView
        fitViewOptions={{ padding: 0.15, maxZoom: 1 }}
        ariaLabelConfig={{
          "node.a11yDescription.default": t("flows.a11y_node"),
          "edge.a11yDescription.default": t("flows.a11y_edge"),
          "controls.ariaLabel": t("flows.a11y_controls"),
          "controls.zoomIn.ariaLabel": t("flows.a11y_closer"),
          "controls.zoomOut.ariaLabel": t("flows.a11y_further"),
          "controls.fitView.ariaLabel": t("flows.a11y_all"),
        }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
