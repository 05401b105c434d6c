import { type InfiniteData, keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, ok } from "~/api/client";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import type { Session } from "~/api/types";

export interface SessionPage {
  items: Session[];
  next_cursor: string | null;
}

export type Pages = InfiniteData<SessionPage, string | undefined>;

export function useSessions() {
  return useInfiniteQuery({
    queryKey: keys.sessions,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/sessions", { params: { query: { cursor: pageParam, limit: 50 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** All of one's sessions that have these words in their title or in what was said. */
export function useFoundSessions(q: string) {
  return useInfiniteQuery({
    queryKey: keys.foundSessions(q),
    enabled: q !== "",
    staleTime: 0,
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/sessions", { params: { query: { q, cursor: pageParam, limit: 30 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function useSession(id: string) {
  return useQuery({
    queryKey: keys.session(id),
    queryFn: ({ signal }) => ok(api.GET("/sessions/{session_id}", { params: { path: { session_id: id } }, signal })),
  });
}

/** Puts a session, new or changed, where it belongs in the cached list: newest activity first. */
export function keepSession(session: Session): void {
  queryClient.setQueryData(keys.session(session.id), session);
  queryClient.setQueryData<Pages>(keys.sessions, (pages) => {
    const [first, ...others] = pages?.pages ?? [];
    if (pages === undefined || first === undefined) return pages;
    const without = [first, ...others].map((page) => ({ ...page, items: page.items.filter(({ id }) => id !== session.id) }));
    const all = without.map((page, at) => (at === 0 ? { ...page, items: [session, ...page.items].toSorted(newest) } : page));
    return { ...pages, pages: all };
  });
  changeFound(session.id, ({ excerpt }) => ({ ...session, excerpt }));
}

/** Changes a session where a search has found it, or takes it out there (null). */
function changeFound(id: string, change: (found: Session) => Session | null): void {
  queryClient.setQueriesData<Pages>({ queryKey: ["found-sessions"] }, (pages) =>
    pages === undefined
      ? pages
      : {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            items: page.items.flatMap((item) => (item.id === id ? (change(item) ?? []) : item)),
          })),
        },
  );
}

/** A session's title as far as it is cached. */
export function sessionTitle(id: string): string | null {
  const pages = queryClient.getQueryData<Pages>(keys.sessions)?.pages ?? [];
  const listed = pages.flatMap((page) => page.items).find((session) => session.id === id);
  return (listed ?? queryClient.getQueryData<Session>(keys.session(id)))?.title ?? null;
}

export function dropSession(id: string): void {
  queryClient.setQueryData<Pages>(keys.sessions, (pages) =>
    pages === undefined
      ? pages
      : { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })) },
  );
  changeFound(id, () => null);
  queryClient.removeQueries({ queryKey: keys.session(id) });
  queryClient.removeQueries({ queryKey: keys.turns(id) });
}

function newest(a: Session, b: Session): number {
  return b.updated_at.localeCompare(a.updated_at);
}

export function useRenameSession() {
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) =>
      ok(api.PATCH("/sessions/{session_id}", { params: { path: { session_id: id } }, body: { title } })),
    onSuccess: keepSession,
  });
}

export function useDeleteSession() {
  return useMutation({
    mutationFn: (id: string) => ok(api.DELETE("/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: (_, id) => dropSession(id),
  });
}
