// What happened in a call, as its events tell.
import { useState } from "react";
import { useStream } from "../../api/stream";
import type { components } from "../../api/schema";

export type CallEvent = components["schemas"]["EventOut"];

const LAST = new Set(["call.completed", "call.no_answer", "call.voicemail", "call.failed", "call.cancelled"]);

/** The events of a call so far and as they happen; `ended` after the last one. */
export function useCallEvents(callId: string | null): { events: CallEvent[]; ended: boolean } {
  const [seen, setSeen] = useState<{ of: string | null; events: CallEvent[] }>({ of: null, events: [] });
  useStream(callId === null ? null : `/api/v1/calls/${encodeURIComponent(callId)}/events?stream=1`, (event) => {
    const next = event.data as CallEvent;
    setSeen((before) => {
      const events = before.of === callId ? before.events : [];
      return events.some((each) => each.id === next.id) ? before : { of: callId, events: [...events, next] };
    });
  });
  const events = seen.of === callId ? seen.events : [];
  return { events, ended: events.some((event) => LAST.has(event.type)) };
}

/** A value of an event's body as text, `null` where there is none. */
export function text(event: CallEvent, name: string): string | null {
  const value = event.body[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** The keys of `call.dtmf`; the call's answer stands for them where they were not told. */
export function pressed(event: CallEvent): string | null {
  return text(event, "digit") ?? text(event, "dtmf_response");
}
