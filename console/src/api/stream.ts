// Server-sent events by fetch: EventSource can send no header, and so not say "in the sandbox".
import { useEffect, useRef, useState } from "react";
import { CONSOLE_HEADER, send } from "./client";
import { Problem } from "./problem";

export interface ServerEvent {
  id: string | null;
  type: string;
  data: unknown;
}

/** Reads events of `url` until it ends (204 or `signal`); connects again after a break, from the last event on. */
export async function follow(url: string, onEvent: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
  let last: string | null = null;
  let wait = 500;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream", [CONSOLE_HEADER]: "1" };
      if (last !== null) headers["Last-Event-ID"] = last;
      const response = await send(new Request(url, { headers, signal, credentials: "same-origin", cache: "no-store" }));
      if (response.status === 204 || response.body === null) return;
      wait = 500;
      for await (const event of parse(response.body)) {
        if (event.id !== null) last = event.id;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, 15_000);
  }
}

async function* parse(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      let end: number;
      while ((end = text.indexOf("\n\n")) >= 0) {
        const event = one(text.slice(0, end));
        text = text.slice(end + 2);
        if (event !== null) yield event;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function one(block: string): ServerEvent | null {
  let id: string | null = null;
  let type = "message";
  const lines: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) id = line.slice(3).trim();
    else if (line.startsWith("event:")) type = line.slice(6).trim();
    else if (line.startsWith("data:")) lines.push(line.slice(5).replace(/^ /, ""));
  }
  if (lines.length === 0) return null;
  const data = lines.join("\n");
  try {
    return { id, type, data: JSON.parse(data) };
  } catch {
    return { id, type, data };
  }
}

/** Follows `url` while the component is shown; `null` follows nothing. Returns the problem that ended it, if any. */
export function useStream(url: string | null, onEvent: (event: ServerEvent) => void): Problem | null {
  const [problem, setProblem] = useState<Problem | null>(null);
  const listener = useRef(onEvent);
  useEffect(() => {
    listener.current = onEvent;
  });
  useEffect(() => {
    if (url === null) return;
    const stop = new AbortController();
    setProblem(null);
    follow(url, (event) => listener.current(event), stop.signal).catch((error: unknown) => {
      if (error instanceof Problem && !stop.signal.aborted) setProblem(error);
    });
    return () => stop.abort();
  }, [url]);
  return problem;
}
