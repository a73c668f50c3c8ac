import { useCallback } from "react";
import { useWords } from "../../i18n";
import type { Way } from "./graph";

/** What a way on is called: "key 1", "says “yes”", "then". */
export function useWayLabel(): (way: Way) => string {
  const { t, maybe } = useWords();
  return useCallback(
    (way: Way) => {
      if (way.kind === "key") return t("flows.way_key", { key: way.value });
      if (way.kind === "word") return t("flows.way_word", { words: way.value });
      if (way.kind === "case") return way.value;
      return maybe(`flows.way_${way.kind}`, way.kind);
    },
    [t, maybe],
  );
}
