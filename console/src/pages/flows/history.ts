// What was done, to be undone: drafts with their layout, one for each change; typing in one field is one change.
import { useCallback, useReducer } from "react";
import type { Draft, Layout } from "./graph";

export interface Sheet {
  draft: Draft;
  layout: Layout;
}
interface History {
  past: readonly Sheet[];
  now: Sheet;
  future: readonly Sheet[];
  /** What the last change was about. */
  topic: string | null;
}
type Action =
  | { do: "change"; sheet: Sheet; topic: string | null }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "reset"; sheet: Sheet };
const LONGEST = 200;

function step(history: History, action: Action): History {
  const { past, now, future } = history;
  switch (action.do) {
    case "change": {
      const together = action.topic !== null && action.topic === history.topic;
      return { past: together ? past : [...past.slice(-LONGEST), now], now: action.sheet, future: [], topic: action.topic };
    }
    case "undo": {
      const before = past.at(-1);
      return before === undefined ? history : { past: past.slice(0, -1), now: before, future: [now, ...future], topic: null };
    }
    case "redo": {
      const [after, ...rest] = future;
      return after === undefined ? history : { past: [...past, now], now: after, future: rest, topic: null };
    }
    case "reset":
      return { past: [], now: action.sheet, future: [], topic: null };
  }
}

export function useHistory(first: Sheet) {
  const [history, dispatch] = useReducer(step, { past: [], now: first, future: [], topic: null });
  return {
    sheet: history.now,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    /** Changes with one `topic` that follow each other are undone together. */
    change: useCallback((sheet: Sheet, topic: string | null = null) => dispatch({ do: "change", sheet, topic }), []),
    undo: useCallback(() => dispatch({ do: "undo" }), []),
    redo: useCallback(() => dispatch({ do: "redo" }), []),
    reset: useCallback((sheet: Sheet) => dispatch({ do: "reset", sheet }), []),
  };
}
