// Sentences of the appliance in another language than the English that it writes.

/** Says a sentence by a table of sentences: the English one is the key, and what varies stands in braces. `{told}` is
 * such a sentence again; one that the table lacks makes the whole `null`. Of what else varies `word` knows the codes:
 * the name in braces, such as `outcome`, and the code. */
export function teller(
  table: Record<string, string>,
  word: (name: string, code: string) => string,
): (sentence: string) => string | null {
  // compiled when the first one is asked for; the longest fixed text is the most exact
  let patterns: readonly (readonly [RegExp, string])[] | null = null;
  const say = (sentence: string): string | null => {
    const exact = table[sentence];
    if (exact !== undefined) return exact;
    patterns ??= Object.entries(table)
      .filter(([english]) => english.includes("{"))
      .sort(([one], [other]) => fixed(other) - fixed(one))
      .map(([english, said]) => [patternOf(english), said] as const);
    for (const [pattern, said] of patterns) {
      const groups = pattern.exec(sentence)?.groups;
      if (groups === undefined) continue;
      const inner = groups.told === undefined ? null : say(groups.told);
      if (groups.told !== undefined && inner === null) continue;
      return said.replace(/\{(\w+)\}/g, (whole, name: string) => {
        if (name === "told") return inner ?? whole;
        const varies = groups[name];
        return varies === undefined ? whole : word(name, varies);
      });
    }
    return null;
  };
  return say;
}

function fixed(english: string): number {
  return english.replace(/\{\w+\}/g, "").length;
}

function patternOf(english: string): RegExp {
  const parts = english.split(/\{(\w+)\}/).map((part, index) =>
    index % 2 === 1 ? `(?<${part}>.+?)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${parts.join("")}$`, "s");
}
