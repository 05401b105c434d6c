import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { InfiniteData } from "@tanstack/react-query";
import { api, ok } from "~/api/client";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import type { Document } from "~/api/types";

type Pages = InfiniteData<{ items: Document[]; next_cursor: string | null }, string | undefined>;

export function useDocuments() {
  return useInfiniteQuery({
    queryKey: keys.documents,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/documents", { params: { query: { cursor: pageParam, limit: 50 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function keepDocument(document: Document): void {
  queryClient.setQueryData<Pages>(keys.documents, (pages) => {
    const [first, ...others] = pages?.pages ?? [];
    if (pages === undefined || first === undefined) return pages;
    const known = [first, ...others].some((page) => page.items.some(({ id }) => id === document.id));
    const replaced = [first, ...others].map((page, at) => ({
      ...page,
      items: known
        ? page.items.map((item) => (item.id === document.id ? document : item))
        : at === 0
          ? [document, ...page.items]
          : page.items,
    }));
    return { ...pages, pages: replaced };
  });
}

export function dropDocument(id: string): void {
  queryClient.setQueryData<Pages>(keys.documents, (pages) =>
    pages === undefined
      ? pages
      : { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })) },
  );
}

export function useDeleteDocument() {
  return useMutation({
    mutationFn: (id: string) => ok(api.DELETE("/documents/{document_id}", { params: { path: { document_id: id } } })),
    onSuccess: (_, id) => dropDocument(id),
  });
}

export function useSearch(q: string) {
  return useQuery({
    queryKey: keys.search(q),
    enabled: q !== "",
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(api.GET("/search", { params: { query: { q, limit: 20 } }, signal })),
  });
}
