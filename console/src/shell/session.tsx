// Who is signed in, and what they may do.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { api, onSignedOut } from "../api/client";
import { asProblem } from "../api/problem";
import { useGet, type Answer } from "../api/queries";
import { Loading, ProblemNote } from "../ui";

export interface Session {
  user: Answer<"/api/v1/users/me">;
  account: Answer<"/api/v1/account">;
  /** Whether the role has a permission such as `calls:write`. */
  may: (permission: string) => boolean;
  signOut: () => Promise<void>;
}
const Context = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error("nobody is signed in here");
  return session;
}

/** Shows its children to who is signed in; sends everybody else to the sign-in, and back afterwards. */
export function SignedIn(props: { children: ReactNode }) {
  const client = useQueryClient();
  const location = useLocation();
  const me = useGet("/api/v1/users/me", {}, { staleTime: 60_000 });
  const account = useGet("/api/v1/account", {}, { staleTime: 60_000, enabled: me.data !== undefined });
  useEffect(
    () =>
      onSignedOut(() => {
        // once: the answer to the question who is signed in is such a 401 too
        const known = client.getQueriesData({ queryKey: ["/api/v1/users/me"] }).some(([, data]) => data !== undefined);
        if (known) void client.resetQueries({ queryKey: ["/api/v1/users/me"] });
      }),
    [client],
  );
  const session = useMemo<Session | null>(() => {
    if (me.data === undefined || account.data === undefined) return null;
    const permissions = new Set(me.data.permissions);
    return {
      user: me.data,
      account: account.data,
      may: (permission) => permissions.has(permission),
      signOut: async () => {
        await api.DELETE("/api/v1/sessions/current");
        client.clear();
        window.location.assign("/app/sign-in");
      },
    };
  }, [me.data, account.data, client]);
  const error = me.error ?? account.error;
  if (error !== null) {
    const problem = asProblem(error);
    if (problem.status === 401) {
      const next = location.pathname + location.search;
      return <Navigate to={next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`} replace />;
    }
    return (
      <main className="alone">
        <ProblemNote problem={problem} again={() => void me.refetch()} />
      </main>
    );
  }
  if (session === null) return <Loading />;
  return <Context value={session}>{props.children}</Context>;
}
