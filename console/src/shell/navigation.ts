// The menu. A page appears to who may read its resource.
import {
  Activity, AtSign, AudioLines, Ban, BookUser, BadgeCheck, Cable, CreditCard, FileUp, Filter, Hash, KeyRound, Layers,
  LayoutDashboard, ListOrdered, Megaphone, MessageSquare, Mic, PhoneCall, PhoneForwarded, Rocket, ScrollText, Settings, ShieldCheck,
  ShieldX, Smartphone, Speech, Users, UsersRound, Webhook, Workflow,
  type LucideIcon,
} from "lucide-react";
import type { Key } from "../i18n";

export interface Item {
  to: string;
  label: Key;
  icon: LucideIcon;
  /** What one must be allowed to see it; without: everybody. */
  needs?: string;
}
export interface Section {
  label: Key | null;
  items: readonly Item[];
}

export const SECTIONS: readonly Section[] = [
  {
    label: null,
    items: [
      { to: "/", label: "nav.overview", icon: LayoutDashboard },
      { to: "/start", label: "nav.start", icon: Rocket, needs: "calls:write" },
    ],
  },
  {
    label: "nav.outreach",
    items: [
      { to: "/campaigns", label: "nav.campaigns", icon: Megaphone, needs: "campaigns:read" },
      { to: "/flows", label: "nav.flows", icon: Workflow, needs: "flows:read" },
      { to: "/calls", label: "nav.calls", icon: PhoneCall, needs: "calls:read" },
      { to: "/messages", label: "nav.messages", icon: MessageSquare, needs: "conversations:read" },
      { to: "/recordings", label: "nav.recordings", icon: Mic, needs: "recordings:read" },
      { to: "/approvals", label: "nav.approvals", icon: BadgeCheck, needs: "approvals:read" },
    ],
  },
  {
    label: "nav.people",
    items: [
      { to: "/contacts", label: "nav.contacts", icon: BookUser, needs: "contacts:read" },
      { to: "/groups", label: "nav.groups", icon: UsersRound, needs: "groups:read" },
      { to: "/segments", label: "nav.segments", icon: Filter, needs: "segments:read" },
      { to: "/imports", label: "nav.imports", icon: FileUp, needs: "imports:read" },
      { to: "/consents", label: "nav.consents", icon: ShieldCheck, needs: "consents:read" },
      { to: "/verifications", label: "nav.verifications", icon: Smartphone, needs: "verifications:read" },
      { to: "/suppressions", label: "nav.suppressions", icon: Ban, needs: "suppressions:read" },
    ],
  },
  {
    label: "nav.lines",
    items: [
      { to: "/numbers", label: "nav.numbers", icon: Hash, needs: "numbers:read" },
      { to: "/number-pools", label: "nav.pools", icon: Layers, needs: "number-pools:read" },
      { to: "/senders", label: "nav.senders", icon: AtSign, needs: "senders:read" },
      { to: "/extensions", label: "nav.extensions", icon: PhoneForwarded, needs: "extensions:read" },
      { to: "/trunks", label: "nav.trunks", icon: Cable, needs: "trunks:read" },
      { to: "/audio", label: "nav.audio", icon: AudioLines, needs: "audio:read" },
      { to: "/voices", label: "nav.voices", icon: Speech, needs: "voices:read" },
    ],
  },
  {
    label: "nav.account",
    items: [
      { to: "/money", label: "nav.money", icon: CreditCard, needs: "ledger:read" },
      { to: "/users", label: "nav.users", icon: Users, needs: "users:read" },
      { to: "/keys", label: "nav.keys", icon: KeyRound, needs: "keys:read" },
      { to: "/webhooks", label: "nav.webhooks", icon: Webhook, needs: "deliveries:read" },
      { to: "/orders", label: "nav.orders", icon: ListOrdered, needs: "orders:read" },
      { to: "/request-log", label: "nav.refused", icon: ShieldX, needs: "request-log:read" },
      { to: "/audit", label: "nav.audit", icon: ScrollText, needs: "audit-log:read" },
      { to: "/settings", label: "nav.settings", icon: Settings, needs: "account:write" },
      { to: "/health", label: "nav.health", icon: Activity },
    ],
  },
];
