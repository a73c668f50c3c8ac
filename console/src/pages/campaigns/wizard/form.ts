// What the wizard has been told, and the request for a campaign that follows from it.
import type { components } from "../../../api/schema";
import { attachmentOf, canGo, type HeldFile } from "./held";

export const CHANNELS = ["call", "sms", "email"] as const;
export const STEPS = ["audience", "message", "when", "check"] as const;
export type StepName = (typeof STEPS)[number];
export type Body = components["schemas"]["CampaignRequest"];

export interface KeyChoice {
  key: string;
  action: "say" | "repeat" | "optout" | "transfer" | "hangup";
  text: string;
  to: string;
}
export interface CampaignForm {
  step: StepName;
  name: string;
  /** How people are reached. */
  channel: (typeof CHANNELS)[number];
  who: "paste" | "file" | "group" | "segment";
  /** As it was typed, for as long as the page is open: the draft keeps people in `recipients` only. */
  pasted: string;
  fileName: string;
  /** Lines of the list, cell by cell, without the names of the columns. The server takes erased people out of it. */
  recipients: string[][];
  /** What the columns are called, and what each is: `to`, `other`, `skip` or a placeholder's name. */
  columns: string[];
  mapping: string[];
  group: string;
  segment: string;
  what: "text" | "audio" | "flow";
  text: string;
  /** Of an email. */
  subject: string;
  /** Of an email. */
  files: HeldFile[];
  /** The text to whom a call did not reach; empty: none. */
  fallback: string;
  voice: string;
  keys: KeyChoice[];
  audio: string;
  flow: string;
  machine: "off" | "hangup" | "same" | "leave";
  machineMessage: string;
  from: string;
  startsAt: string;
  endsAt: string;
  hours: boolean;
  windowFrom: string;
  windowUntil: string;
  weekdays: number[];
  retries: number;
  retryMinutes: number;
  atOnce: string;
  goal: string;
  goalKey: string;
  purpose: "transactional" | "marketing" | "emergency";
  sandbox: boolean;
}

export const FRESH: CampaignForm = {
  step: "audience",
  name: "",
  channel: "call",
  who: "paste",
  pasted: "",
  fileName: "",
  recipients: [],
  columns: [],
  mapping: [],
  group: "",
  segment: "",
  what: "text",
  text: "",
  subject: "",
  files: [],
  fallback: "",
  voice: "",
  keys: [],
  audio: "",
  flow: "",
  machine: "off",
  machineMessage: "",
  from: "",
  startsAt: "",
  endsAt: "",
  hours: true,
  windowFrom: "09:00",
  windowUntil: "18:00",
  weekdays: [1, 2, 3, 4, 5],
  retries: 1,
  retryMinutes: 30,
  atOnce: "",
  goal: "",
  goalKey: "1",
  purpose: "transactional",
  sandbox: false,
};
export const MOST_PEOPLE = 10_000;
export const SKIP = "-skip";
export const TO = "-to";
export const OTHER = "-other";

/** Names of the placeholders that the list brings values for. */
export function placeholders(form: CampaignForm): string[] {
  return form.mapping.filter((each) => ![SKIP, TO, OTHER].includes(each));
}

/** A line of the list as the API takes it. */
export function personOf(form: CampaignForm, row: readonly string[]) {
  const variables: Record<string, string> = {};
  const others: string[] = [];
  let to = "";
  form.mapping.forEach((what, index) => {
    const cell = row[index]?.trim() ?? "";
    if (what === TO) to = cell;
    else if (what === OTHER) {
      if (cell !== "") others.push(cell);
    } else if (what !== SKIP && cell !== "") variables[what] = cell;
  });
  return { to, variables, ...(others.length > 0 ? { other_numbers: others } : {}) };
}

export const isList = (form: CampaignForm) => form.who === "paste" || form.who === "file";

/** Whether a step says enough to go on. */
export function isDone(form: CampaignForm, step: StepName): boolean {
  if (step === "audience") {
    if (form.who === "group") return form.group !== "";
    if (form.who === "segment") return form.segment !== "";
    return form.recipients.length > 0 && form.recipients.length <= MOST_PEOPLE && form.mapping.includes(TO);
  }
  if (step === "message") {
    if (form.channel === "email") return form.text.trim() !== "" && form.subject.trim() !== "" && canGo(form.files);
    if (form.channel === "sms") return form.text.trim() !== "";
    if (form.what === "text") return form.text.trim() !== "";
    return form.what === "audio" ? form.audio !== "" : form.flow !== "";
  }
  return true;
}

/** What an email says. */
export function emailOf(form: CampaignForm) {
  const attachments = form.files.map(attachmentOf);
  return { subject: form.subject, text: form.text, ...(attachments.length > 0 ? { attachments } : {}) };
}

/** What is written, of a campaign that does not call. */
export function writtenOf(form: CampaignForm): Partial<Body> {
  return form.channel === "email"
    ? { channels: ["email"], email: emailOf(form) as never }
    : { channels: ["sms"], sms: { message: form.text } as never };
}

/** What is said, in the fields that calls and campaigns share. */
export function contentOf(form: CampaignForm): Partial<Body> {
  if (form.what === "flow") return { flow: form.flow as never };
  const dtmf = Object.fromEntries(
    form.keys
      .filter((each) => each.key !== "")
      .map(({ key, action, text, to }) => {
        if (action === "say") return [key, { action, text }];
        if (action === "transfer") return [key, { action, to }];
        return [key, { action }];
      }),
  );
  const machine =
    form.machine === "leave" ? { mode: "leave" as const, message: form.machineMessage } : form.machine;
  return {
    ...(form.what === "text" ? { message: form.text, ...(form.voice ? { voice: form.voice } : {}) } : { audio: form.audio }),
    ...(Object.keys(dtmf).length > 0 ? { dtmf } : {}),
    ...(form.machine !== "off" ? { machine_detection: machine as never } : {}),
  };
}

/** The request for the campaign; `sandbox` goes into a header. */
export function requestOf(form: CampaignForm, unnamed: string): Body {
  const retry = { count: form.retries, delay_seconds: form.retryMinutes * 60 };
  const schedule = {
    ...(form.startsAt ? { starts_at: form.startsAt } : {}),
    ...(form.endsAt ? { ends_at: form.endsAt } : {}),
    ...(form.hours
      ? { windows: [{ from: form.windowFrom, until: form.windowUntil, ...(form.weekdays.length > 0 ? { weekdays: form.weekdays } : {}) }] }
      : {}),
  };
  const audience = isList(form)
    ? { recipients: form.recipients.map((row) => personOf(form, row)), on_bad_recipients: "skip" as const }
    : form.who === "group"
      ? { group: form.group }
      : { segment: form.segment };
  const common = {
    name: form.name.trim() || unnamed,
    ...audience,
    ...(Object.keys(schedule).length > 0 ? { schedule } : {}),
    purpose: form.purpose,
  };
  if (form.channel !== "call") return { ...common, ...writtenOf(form) } as Body;
  return {
    ...common,
    ...contentOf(form),
    ...(form.from ? { from: form.from } : {}),
    ...(form.fallback.trim() ? { fallback_sms: { message: form.fallback } } : {}),
    ...(form.retries > 0 ? { retry: { busy: retry, no_answer: retry } } : {}),
    ...(form.atOnce ? { max_concurrent: Number(form.atOnce) } : {}),
    ...(form.goal ? { goal: { accepts: Number(form.goal), answer: form.goalKey } } : {}),
  } as Body;
}
