import { type InfiniteData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { api, newKey, ok } from "~/api/client";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import type { Task } from "~/api/types";

type Pages = InfiniteData<{ items: Task[]; next_cursor: string | null }, string | undefined>;

export function useResearchList() {
  return useInfiniteQuery({
    queryKey: keys.research,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/tasks", { params: { query: { kind: "research", cursor: pageParam, limit: 30 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function keepResearch(task: Task): void {
  const pages = queryClient.getQueryData<Pages>(keys.research);
  if (pages === undefined) return;
  const known = pages.pages.some((page) => page.items.some(({ task_id }) => task_id === task.task_id));
  if (!known) return void queryClient.invalidateQueries({ queryKey: keys.research });
  const replaced = pages.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => (item.task_id === task.task_id ? task : item)),
  }));
  queryClient.setQueryData<Pages>(keys.research, { ...pages, pages: replaced });
}

export interface Question {
  topic: string;
  sources: ("library" | "web")[];
  depth: number;
}

export function useStartResearch() {
  return useMutation({
    mutationFn: (question: Question) =>
      ok(api.POST("/research", { params: { header: { "Idempotency-Key": newKey() } }, body: question })),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: keys.research }),
  });
}
