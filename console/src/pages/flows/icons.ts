import {
  CalendarCheck, CircleQuestionMark, Clock3, GitBranch, Mail, MessageSquare, Mic, Music, PhoneForwarded, PhoneOff, Speech,
  UserX, Variable, Webhook, type LucideIcon,
} from "lucide-react";

const ICONS: Record<string, LucideIcon> = {
  say: Speech,
  play: Music,
  gather: CircleQuestionMark,
  branch: GitBranch,
  transfer: PhoneForwarded,
  record: Mic,
  sms: MessageSquare,
  email: Mail,
  webhook: Webhook,
  accept: CalendarCheck,
  set: Variable,
  wait: Clock3,
  optout: UserX,
  hangup: PhoneOff,
};

/** The picture of a type of step. */
export const iconOf = (type: string): LucideIcon => ICONS[type] ?? CircleQuestionMark;
