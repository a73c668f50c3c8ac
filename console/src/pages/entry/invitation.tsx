import { Choose } from "./choose";

/** The link of an invitation: `/app/invitation#lnk_…`. */
export default function Invitation() {
  return <Choose title="entry.invited" text="entry.invited_text" path="/api/v1/invitations/accept" />;
}
