// Telephones of the lab that the first call may ring: their last four digits say what they do.
import type { Key } from "../../i18n";

export const HANDSETS: readonly { number: string; label: Key; hint: Key }[] = [
  { number: "+15550100011", label: "start.handset_1", hint: "start.handset_1_hint" },
  { number: "+15550100001", label: "start.handset_listens", hint: "start.handset_listens_hint" },
  { number: "+15550100061", label: "start.handset_voicemail", hint: "start.handset_voicemail_hint" },
  { number: "+15550100081", label: "start.handset_busy", hint: "start.handset_busy_hint" },
];

/** What the lab's telephones are shown as the caller; in the sandbox any number will do. */
export const LAB_CALLER = "+15550109999";
