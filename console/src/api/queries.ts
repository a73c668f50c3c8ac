// Reading the API with TanStack Query: one resource, lists paged by cursor, and changes.
import {
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryKey,
} from "@tanstack/react-query";
import { api } from "./client";
import { asProblem, Problem } from "./problem";
import type { paths } from "./schema";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // a refusal stays one; only what may pass by itself is asked again
      retry: (count, error) => count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: false,
    },
  },
});

type GetPath = { [P in keyof paths]: paths[P] extends { get: unknown } ? P : never }[keyof paths];
type Ok<P extends GetPath> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer R } } } };
}
  ? R
  : never;
/** What a GET of this path answers. */
export type Answer<P extends GetPath> = Ok<P>;
/** One entry of a list: the element of its only array. */
export type Entry<P extends GetPath, K extends keyof Ok<P>> = Ok<P>[K] extends readonly (infer T)[] ? T : never;

export interface Parameters {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
}

// openapi-fetch infers parameters for a literal path; here the path is generic, so it is asked untyped once
const anyGet = api.GET as unknown as (
  path: string,
  options: { params: Parameters; signal?: AbortSignal },
) => Promise<{ data?: unknown }>;

/** The key under which a GET is kept: `invalidate("/api/v1/calls")` hits every one of that path. */
export function keyOf(path: string, parameters: Parameters = {}): QueryKey {
  return [path, parameters.path ?? {}, parameters.query ?? {}];
}

/** One resource. `every` asks again after so many milliseconds. */
export function useGet<P extends GetPath>(
  path: P,
  parameters: Parameters = {},
  options: {
    enabled?: boolean;
    every?: number | false | ((data: Ok<P> | undefined) => number | false);
    staleTime?: number;
  } = {},
) {
  const { every = false } = options;
  return useQuery({
    queryKey: keyOf(path, parameters),
    queryFn: async ({ signal }) => (await anyGet(path, { params: parameters, signal })).data as Ok<P>,
    enabled: options.enabled ?? true,
    refetchInterval: typeof every === "function" ? (query) => every(query.state.data) : every,
    ...(options.staleTime === undefined ? {} : { staleTime: options.staleTime }),
  });
}

/** A list paged by cursor: `items` are those of all pages so far. */
export function usePages<P extends GetPath, K extends keyof Ok<P> & string>(
  path: P,
  list: K,
  parameters: Parameters = {},
  options: { enabled?: boolean; every?: number | false; limit?: number } = {},
) {
  const query = useInfiniteQuery({
    queryKey: [...keyOf(path, parameters), "pages", options.limit ?? 50],
    queryFn: async ({ pageParam, signal }) => {
      const asked = { ...parameters.query, limit: options.limit ?? 50, ...(pageParam ? { cursor: pageParam } : {}) };
      const answer = await anyGet(path, { params: { ...parameters, query: asked }, signal });
      return answer.data as Ok<P> & { next_cursor?: string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    enabled: options.enabled ?? true,
    refetchInterval: options.every ?? false,
  });
  const items = (query.data?.pages ?? []).flatMap((page) => page[list] as Entry<P, K>[]);
  return {
    items,
    loading: query.isPending && (options.enabled ?? true),
    problem: query.error === null ? null : asProblem(query.error),
    more: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    loadingMore: query.isFetchingNextPage,
    again: () => void query.refetch(),
  };
}
export type Pages<T> = {
  items: T[];
  loading: boolean;
  problem: Problem | null;
  more: boolean;
  loadMore: () => void;
  loadingMore: boolean;
  again: () => void;
};

/** A change; afterwards everything kept of `touches` (paths) is read again. */
export function useChange<V = void, R = unknown>(
  change: (value: V) => Promise<R>,
  options: { touches?: readonly string[]; onDone?: (result: R, value: V) => void } = {},
) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: change,
    onSuccess: async (result, value) => {
      options.onDone?.(result, value);
      await Promise.all((options.touches ?? []).map((path) => client.invalidateQueries({ queryKey: [path] })));
    },
  });
  return {
    run: (value: V) => mutation.mutate(value),
    runAsync: (value: V) => mutation.mutateAsync(value),
    busy: mutation.isPending,
    problem: mutation.error === null ? null : asProblem(mutation.error),
    done: mutation.isSuccess,
    result: mutation.data,
    reset: () => mutation.reset(),
  };
}
