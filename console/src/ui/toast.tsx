// Short words about what just happened; screen readers hear them.
import { X } from "lucide-react";
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { Button } from "./button";

type Say = (text: string, tone?: "good" | "bad") => void;
const Context = createContext<Say>(() => undefined);
const SHOWN_MS = 6_000;

/** How to say that something was done. */
export function useToast(): Say {
  return useContext(Context);
}

export function Toasts(props: { children: ReactNode }) {
  const { t } = useWords();
  const [shown, setShown] = useState<readonly { id: number; text: string; tone: "good" | "bad" }[]>([]);
  const next = useRef(0);
  const drop = useCallback((id: number) => setShown((all) => all.filter((each) => each.id !== id)), []);
  const say = useCallback<Say>(
    (text, tone = "good") => {
      const id = next.current++;
      setShown((all) => [...all.slice(-2), { id, text, tone }]);
      setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return (
    <Context value={say}>
      {props.children}
      <div className="toasts" role="status" aria-live="polite">
        {shown.map(({ id, text, tone }) => (
          <div key={id} className={tone === "bad" ? "toast toast-bad" : "toast"}>
            <span>{text}</span>
            <Button look="quiet" small icon aria-label={t("common.close")} onClick={() => drop(id)}>
              <X size={16} aria-hidden="true" />
            </Button>
          </div>
        ))}
      </div>
    </Context>
  );
}
