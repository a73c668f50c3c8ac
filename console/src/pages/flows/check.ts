// What is wrong with a draft, as the API says, a moment after each change.
import { useEffect, useMemo, useState } from "react";
import { api } from "../../api/client";
import { asProblem } from "../../api/problem";
import { placeholdersOf, stepOf, type Draft } from "./graph";

/** So long after the last change a draft is saved and checked. */
export const PAUSE_MS = 700;

export interface Check {
  faults: readonly { field: string; message: string }[];
  byStep: Readonly<Record<string, readonly string[]>>;
  /** Faults of no step. */
  general: readonly string[];
  placeholders: readonly string[];
}

/** What the API says of the draft, a moment after each change. */
export function useCheck(draft: Draft): Check {
  const [found, setFound] = useState<{ faults: Check["faults"]; placeholders: readonly string[] | null }>({
    faults: [],
    placeholders: null,
  });
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      if (Object.keys(draft.steps).length === 0) return;
      api.POST("/api/v1/flows/validate", { body: draft as never, signal: stop.signal }).then(
        ({ data: report }) => setFound({ faults: [], placeholders: report?.placeholders ?? [] }),
        (error: unknown) => {
          const problem = asProblem(error);
          if (problem.status === 400) setFound({ faults: problem.errors, placeholders: null });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [draft]);
  return useMemo(() => {
    const byStep: Record<string, string[]> = {};
    const general: string[] = [];
    for (const fault of found.faults) {
      const id = stepOf(fault.field);
      const words = `${fault.field.replace(/^steps\.[^.]+\.?/, "")}: ${fault.message}`.replace(/^: /, "");
      if (id !== null && id in draft.steps) (byStep[id] ??= []).push(words);
      else general.push(words);
    }
    return { faults: found.faults, byStep, general, placeholders: found.placeholders ?? placeholdersOf(draft) };
  }, [found, draft]);
}
