// When things happened in a call, counted from the answer: what a person at the screen compares with the recording.
import type { CallEvent } from "./events";

/** Milliseconds since 1970 at which an event was written down. */
export function instant(event: CallEvent): number {
  return Date.parse(event.created_at_exact);
}

/** Seconds from the answer of the same attempt, by the event's id; negative before it. An attempt that nobody answered
 * counts from its first line. */
export function moments(events: readonly CallEvent[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const attempt of attempts(events)) {
    const zero = attempt.find((event) => event.type === "call.answered") ?? attempt[0];
    for (const event of attempt) found.set(event.id, (instant(event) - instant(zero!)) / 1000);
  }
  return found;
}

/** The last answer: the recording that is shown begins there. `null`: nobody has answered. */
export function answered(events: readonly CallEvent[]): number | null {
  const last = events.findLast((event) => event.type === "call.answered");
  return last === undefined ? null : instant(last);
}

function attempts(events: readonly CallEvent[]): CallEvent[][] {
  const parts: CallEvent[][] = [[]];
  let dialled = false;
  for (const event of events) {
    if (event.type === "call.dialing") {
      if (dialled) parts.push([]);
      dialled = true;
    }
    parts.at(-1)!.push(event);
  }
  return parts;
}
