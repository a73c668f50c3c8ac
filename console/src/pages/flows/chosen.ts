// Which step is shown beside the canvas, and where the keyboard goes when it is opened or closed.
import { useCallback, useEffect, useRef, useState } from "react";

export interface Chosen {
  /** The step that is shown; `null`: all of them are. */
  id: string | null;
  /** Stays the same when a step gets another name, so that its fields keep the focus. */
  key: number;
  /** Where steps are shown. */
  side: React.RefObject<HTMLDivElement | null>;
  /** Shows a step that was chosen on the canvas, which keeps the focus. */
  show: (id: string | null) => void;
  /** Shows a step out of the list: the focus goes to it. */
  open: (id: string) => void;
  /** Back to the list: the focus goes to the step's line. */
  close: () => void;
  renamed: (id: string) => void;
}

export function useChosen(): Chosen {
  const [{ id, key }, set] = useState<{ id: string | null; key: number }>({ id: null, key: 0 });
  const side = useRef<HTMLDivElement>(null);
  const focus = useRef<string | null>(null);
  useEffect(() => {
    if (focus.current === null) return;
    const found = side.current?.querySelector<HTMLElement>(focus.current);
    focus.current = null;
    found?.focus();
  }, [id]);
  const show = useCallback(
    (next: string | null) => set((now) => (now.id === next ? now : { id: next, key: now.key + 1 })),
    [],
  );
  return {
    id,
    key,
    side,
    show,
    open: (next) => {
      focus.current = "[data-back]";
      show(next);
    },
    close: () => {
      focus.current = id === null ? null : `[data-step="${CSS.escape(id)}"]`;
      show(null);
    },
    renamed: (next) => set((now) => ({ ...now, id: next })),
  };
}
