// Every page's address. Pages are loaded when they are opened: each file's default export is its page.
import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { Failure, Missing } from "./shell/failure";
import { Layout } from "./shell/layout";
import { SignedIn } from "./shell/session";

/** A page that is loaded when somebody opens it. */
function page(path: string, load: () => Promise<{ default: ComponentType }>): RouteObject {
  return { path, lazy: async () => ({ Component: (await load()).default }) };
}

/** Pages of people who are signed in. */
const PAGES: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("./pages/overview")).default }) },
  page("start", () => import("./pages/start")),
  page("calls", () => import("./pages/calls/list")),
  page("campaigns", () => import("./pages/campaigns/list")),
  page("campaigns/new", () => import("./pages/campaigns/wizard/new")),
  page("campaigns/new/:draftId", () => import("./pages/campaigns/wizard/wizard")),
  {
    path: "campaigns/:campaignId",
    lazy: async () => ({ Component: (await import("./pages/campaigns/campaign")).default }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import("./pages/campaigns/live")).default }) },
      page("report", () => import("./pages/campaigns/report")),
      page("people", () => import("./pages/campaigns/people")),
      page("people/:recipientId", () => import("./pages/campaigns/person")),
      page("accepts", () => import("./pages/campaigns/accepts")),
    ],
  },
  page("flows", () => import("./pages/flows/list")),
  page("flows/:flowId", () => import("./pages/flows/flow")),
  page("calls/:callId", () => import("./pages/calls/call")),
  page("contacts", () => import("./pages/people/contacts")),
  page("contacts/duplicates", () => import("./pages/people/duplicates")),
  page("contacts/fields", () => import("./pages/people/fields")),
  page("contacts/:contactId", () => import("./pages/people/contact")),
  page("groups", () => import("./pages/people/groups")),
  page("groups/:groupId", () => import("./pages/people/group")),
  page("segments", () => import("./pages/people/segments")),
  page("imports", () => import("./pages/people/imports")),
  page("imports/:importId", () => import("./pages/people/import")),
  page("suppressions", () => import("./pages/people/suppressions")),
  page("do-not-call", () => import("./pages/people/do-not-call")),
  page("do-not-call/:listId", () => import("./pages/people/do-not-call-list")),
  page("verifications", () => import("./pages/people/verifications")),
  page("consents", () => import("./pages/people/consents")),
  page("numbers", () => import("./pages/lines/numbers")),
  page("number-pools", () => import("./pages/lines/pools")),
  page("senders", () => import("./pages/lines/senders")),
  page("extensions", () => import("./pages/lines/extensions")),
  page("trunks", () => import("./pages/lines/trunks")),
  page("audio", () => import("./pages/lines/audio")),
  page("voices", () => import("./pages/voices/list")),
  page("recordings", () => import("./pages/lines/recordings")),
  page("approvals", () => import("./pages/lines/approvals")),
  page("money", () => import("./pages/account/money")),
  page("money/rates", () => import("./pages/account/rates")),
  page("money/statements", () => import("./pages/account/statements")),
  page("users", () => import("./pages/account/users")),
  page("keys", () => import("./pages/account/keys")),
  page("webhooks", () => import("./pages/account/webhooks")),
  page("orders", () => import("./pages/account/orders")),
  page("orders/:orderId", () => import("./pages/account/order")),
  page("request-log", () => import("./pages/account/refused")),
  page("audit", () => import("./pages/account/audit")),
  page("settings", () => import("./pages/account/settings")),
  page("health", () => import("./pages/account/health")),
  page("you", () => import("./pages/account/you")),
  page("messages", () => import("./pages/messages/conversations")),
  page("messages/texts", () => import("./pages/messages/texts")),
  page("messages/texts/:messageId", () => import("./pages/messages/text")),
  page("messages/emails", () => import("./pages/messages/emails")),
  page("messages/emails/:messageId", () => import("./pages/messages/email")),
  page("messages/templates", () => import("./pages/messages/templates")),
  page("messages/:conversationId", () => import("./pages/messages/conversation")),
];

export const router = createBrowserRouter(
  [
    {
      ErrorBoundary: Failure,
      HydrateFallback: () => null,
      children: [
        page("sign-in", () => import("./pages/entry/sign-in")),
        page("setup", () => import("./pages/entry/setup")),
        page("invitation", () => import("./pages/entry/invitation")),
        page("reset", () => import("./pages/entry/reset")),
        page("shared/:token", () => import("./pages/results/shared")),
        {
          element: (
            <SignedIn>
              <Layout />
            </SignedIn>
          ),
          children: [{ ErrorBoundary: Failure, children: [...PAGES, { path: "*", Component: Missing }] }],
        },
      ],
    },
  ],
  { basename: "/app" },
);
