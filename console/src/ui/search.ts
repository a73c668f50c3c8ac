import { useSearchParams } from "react-router";

/** Filters that stand in the page's address, so that a link or a reload shows the same. */
export function useFilters<N extends string>(names: readonly N[]) {
  const [search, setSearch] = useSearchParams();
  const asked: Partial<Record<N, string>> = {};
  for (const name of names) {
    const value = search.get(name);
    if (value) asked[name] = value;
  }
  const set = (name: N, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return { asked, set, filtered: Object.keys(asked).length > 0 };
}
