// Outcomes in groups that people read: reached, a machine, not reached, failed, not called.

export const GROUPS = ["reached", "machine", "missed", "failed", "uncalled"] as const;
export type Group = (typeof GROUPS)[number];

const OF: Record<string, Group> = {
  human: "reached",
  answered: "reached",
  machine: "machine",
  voicemail_left: "machine",
  fax: "machine",
  busy: "missed",
  no_answer: "missed",
  rejected: "missed",
  congestion: "failed",
  failed: "failed",
  invalid_number: "failed",
  interrupted: "failed",
};
export const COLOURS: Record<Group, string> = {
  reached: "var(--chart-1)",
  machine: "var(--chart-3)",
  missed: "var(--chart-4)",
  failed: "var(--chart-5)",
  uncalled: "var(--chart-6)",
};

export const groupOf = (outcome: string): Group => OF[outcome] ?? "uncalled";

/** How many of each group, of counts by outcome. */
export function grouped(outcomes: Readonly<Record<string, number>>): Record<Group, number> {
  const sums: Record<Group, number> = { reached: 0, machine: 0, missed: 0, failed: 0, uncalled: 0 };
  for (const [outcome, count] of Object.entries(outcomes)) sums[groupOf(outcome)] += count;
  return sums;
}
