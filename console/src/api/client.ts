// The one way to the native API: typed by its OpenAPI description, with the console's headers, errors as Problem.
import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";

/** Sent with every change that the cookie authorises; other sites cannot send it. */
export const CONSOLE_HEADER = "X-Callwright-Console";
/** Makes one request act in the sandbox: its calls reach the handset lab only. */
export const SANDBOX_HEADER = "X-Callwright-Sandbox";

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Calls `listener` whenever the API says that nobody is signed in. Returns how to stop that. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** `fetch` with the console's headers; raises `Problem` for every answer that is not a success. */
export async function send(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw Problem.offline();
  }
  if (response.ok) return response;
  const problem = await Problem.of(response);
  if (response.status === 401 && problem.code === "unauthorized") for (const listener of signedOut) listener();
  throw problem;
}

/** `api.GET("/api/v1/calls/{call_id}", {params: {path: {call_id}}})`; a failure raises `Problem`. */
export const api = createClient<paths>({
  baseUrl: "",
  credentials: "same-origin",
  headers: { [CONSOLE_HEADER]: "1" },
  fetch: send,
  // lists as `a=1&a=2`, which is what the API reads
  querySerializer: { array: { style: "form", explode: true } },
});

/** Headers of a request that reaches the handset lab and nobody else. */
export const inSandbox = { [SANDBOX_HEADER]: "1" } as const;

/** The data of an answer that was a success; the client raises for every other. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
