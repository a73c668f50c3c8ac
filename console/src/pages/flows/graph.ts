// A flow as the builder holds it: the graph form of the flow language, its ways on, and where each step stands.

export interface Step {
  type: string;
  [field: string]: unknown;
}
export interface Draft {
  version?: number;
  start?: string;
  voice?: string | null;
  language?: string | null;
  on_machine?: { action?: string; start?: string | null; speak?: string } | null;
  recording?: unknown;
  steps: Record<string, Step>;
}
export type Layout = Record<string, { x: number; y: number }>;

/** A way on of a step: `key` is its place in the step, such as `branches.1`. */
export interface Way {
  key: string;
  /** What of `flows.way.…` names it, and the key, word or comparison it is for. */
  kind: string;
  value: string;
  target: string | null;
}

interface Choice {
  words: string[];
  next: string | null;
}
export interface Case {
  variable: string;
  operator: string;
  value?: unknown;
  next: string | null;
}

/** Types in the order of the menu. */
export const TYPES = [
  "say", "play", "gather", "branch", "transfer", "record", "sms", "email", "webhook", "accept", "set", "wait", "optout",
  "hangup",
] as const;

const LEADS: Record<string, readonly string[]> = {
  gather: ["default", "on_no_input", "on_invalid", "next"],
  branch: ["otherwise"],
  transfer: ["on_failed", "on_ended"],
  accept: ["taken", "stand_by", "filled"],
  optout: [],
  hangup: [],
};
/** Shown although they lead nowhere: the others appear once they are set. */
const ALWAYS: Record<string, readonly string[]> = { gather: ["default"], accept: ["taken", "filled"] };

const target = (value: unknown) => (typeof value === "string" ? value : null);

export const branchesOf = (step: Step) => (step.branches ?? {}) as Record<string, string | null>;
export const choicesOf = (step: Step) => (step.keywords ?? []) as Choice[];
export const casesOf = (step: Step) => (step.cases ?? []) as Case[];

/** The ways on that a step has; `all` with those that lead nowhere and need not be there. */
export function waysOf(step: Step, all = false): Way[] {
  const ways: Way[] = [];
  if (step.type === "gather") {
    for (const [key, to] of Object.entries(branchesOf(step)).sort(([a], [b]) => a.localeCompare(b)))
      ways.push({ key: `branches.${key}`, kind: "key", value: key, target: target(to) });
    choicesOf(step).forEach((choice, index) =>
      ways.push({ key: `keywords.${index}`, kind: "word", value: choice.words.join(", "), target: target(choice.next) }),
    );
  }
  if (step.type === "branch")
    casesOf(step).forEach((each, index) =>
      ways.push({
        key: `cases.${index}`,
        kind: "case",
        value: `${each.variable} ${each.operator} ${String(each.value ?? "")}`.trim(),
        target: target(each.next),
      }),
    );
  const leads = LEADS[step.type] ?? ["next"];
  const shown = ALWAYS[step.type] ?? (step.type === "gather" ? [] : leads);
  for (const key of leads) {
    const to = target(step[key]);
    if (to !== null || all || shown.includes(key)) ways.push({ key, kind: key, value: "", target: to });
  }
  return ways;
}

/** The step with one of its ways leading elsewhere. */
export function withWay(step: Step, key: string, to: string | null): Step {
  const [first, rest] = key.split(/\.(.*)/s) as [string, string | undefined];
  if (rest === undefined) return { ...step, [first]: to };
  if (first === "branches") return { ...step, branches: { ...branchesOf(step), [rest]: to } };
  const list = (step[first] as { next: string | null }[]).map((each, index) =>
    index === Number(rest) ? { ...each, next: to } : each,
  );
  return { ...step, [first]: list };
}

/** What a new step of a type says. */
export function newStep(type: string, texts: { say: string; ask: string; sms: string }): Step {
  const fresh: Record<string, Step> = {
    say: { type, text: texts.say, next: null },
    play: { type, audio: "", next: null },
    gather: { type, prompt: [{ type: "say", text: texts.ask }], branches: { "1": null }, attempts: 2, default: null },
    branch: { type, cases: [{ variable: "digits", operator: "==", value: "1", next: null }], otherwise: null },
    transfer: { type, to: "", on_failed: null },
    record: { type, max_seconds: 60, next: null },
    sms: { type, text: texts.sms, next: null },
    email: { type, to: "", subject: "", text: "", next: null },
    webhook: { type, url: "https://", next: null },
    accept: { type, taken: null, filled: null },
    set: { type, variables: {}, next: null },
    wait: { type, seconds: 1, next: null },
  };
  return fresh[type] ?? { type };
}

/** An id that no step has yet. */
export function freeId(steps: Draft["steps"], type: string): string {
  let number = 1;
  while (`${type}_${number}` in steps) number += 1;
  return `${type}_${number}`;
}

function renamed(to: string | null, from: string, into: string | null): string | null {
  return to === from ? into : to;
}

/** Every mention of a step leads to another one, or nowhere. */
export function redirected(draft: Draft, from: string, into: string | null): Draft {
  const steps = Object.fromEntries(
    Object.entries(draft.steps).map(([id, step]) => {
      let changed = step;
      for (const way of waysOf(step, true))
        if (way.target === from) changed = withWay(changed, way.key, renamed(way.target, from, into));
      return [id, changed];
    }),
  );
  const machine = draft.on_machine;
  return {
    ...draft,
    steps,
    ...(draft.start === from ? { start: into ?? Object.keys(steps).find((id) => id !== from) ?? "" } : {}),
    ...(machine?.start === from ? { on_machine: into === null ? { action: "hangup" } : { ...machine, start: into } } : {}),
  };
}

/** The draft without a step. */
export function without(draft: Draft, id: string): Draft {
  const rest = redirected(draft, id, null);
  return { ...rest, steps: Object.fromEntries(Object.entries(rest.steps).filter(([each]) => each !== id)) };
}

/** The draft with a step under another id. */
export function withId(draft: Draft, id: string, next: string): Draft {
  const moved = {
    ...draft,
    steps: Object.fromEntries(Object.entries(draft.steps).map(([each, step]) => [each === id ? next : each, step])),
  };
  return redirected(moved, id, next);
}

export const WIDTH = 250;

/** How tall a step is drawn, in pixels: so that the first drawing does not overlap. */
export function heightOf(step: Step): number {
  return 92 + 28 * Math.max(1, waysOf(step).length);
}

/** Where steps stand that nobody has placed: columns by distance from the start. */
export function placed(draft: Draft, layout: Layout): Layout {
  const level: Record<string, number> = {};
  const queue = [draft.start, draft.on_machine?.start, ...Object.keys(draft.steps)];
  const visit = (first: string) => {
    const waiting: [string, number][] = [[first, 0]];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [id, depth] = next;
      const step = draft.steps[id];
      if (step === undefined || level[id] !== undefined) continue;
      level[id] = depth;
      for (const way of waysOf(step)) if (way.target !== null) waiting.push([way.target, depth + 1]);
    }
  };
  for (const id of queue) if (id && draft.steps[id] !== undefined) visit(id);
  const bottom: Record<number, number> = {};
  const result: Layout = {};
  for (const [id, step] of Object.entries(draft.steps)) {
    const known = layout[id];
    const depth = level[id] ?? 0;
    if (known !== undefined && Number.isFinite(known.x) && Number.isFinite(known.y)) {
      result[id] = known;
      continue;
    }
    const y = bottom[depth] ?? 0;
    result[id] = { x: depth * (WIDTH + 90), y };
    bottom[depth] = y + heightOf(step) + 32;
  }
  return result;
}

/** Ids in the order in which one reads the canvas: from left to right, then down. */
export function reading(draft: Draft, layout: Layout): string[] {
  const places = placed(draft, layout);
  return Object.keys(draft.steps).sort((one, other) => {
    const [a, b] = [places[one], places[other]];
    return (a?.x ?? 0) - (b?.x ?? 0) || (a?.y ?? 0) - (b?.y ?? 0);
  });
}

/** The step that a fault is about: `steps.menu.text` is about `menu`. */
export function stepOf(field: string): string | null {
  return /^(?:flow\.)?steps\.([A-Za-z0-9_-]+)/.exec(field)?.[1] ?? null;
}

/** Names of the placeholders in all texts of a draft. */
export function placeholdersOf(draft: Draft): string[] {
  const names = new Map<string, string>();
  const look = (value: unknown): void => {
    if (typeof value === "string") {
      for (const [, name] of value.matchAll(/\{\{?\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}?\}/g))
        if (name !== undefined && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    } else if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(look);
  };
  look(draft.steps);
  return [...names.values()];
}

/** In a few words what a step says or does. */
export function gist(step: Step): string {
  const prompt = step.prompt as { text?: string; audio?: string }[] | undefined;
  const texts = [step.text, prompt?.map((item) => item.text ?? item.audio ?? "").join(" "), step.to, step.url, step.audio, step.confirmation];
  return texts.find((text): text is string => typeof text === "string" && text !== "") ?? "";
}

/** Whether a draft has the form that the builder shows. */
export function isGraph(value: unknown): value is Draft {
  const steps = (value as Draft | null)?.steps;
  if (typeof steps !== "object" || steps === null || Array.isArray(steps)) return false;
  return Object.values(steps).every(
    (step) =>
      typeof step === "object" && step !== null && typeof step.type === "string" &&
      Object.values(step.branches ?? {}).every((to) => to === null || typeof to === "string") &&
      ["next", "default", "otherwise"].every((name) => !Array.isArray(step[name])),
  );
}
