import { useQuery } from "@tanstack/react-query";
import { api, ok } from "~/api/client";
import { keys } from "~/api/keys";
import type { Queue, QueueItem } from "~/api/types";

/** Of a long line its front and one's own are shown, as the feed tells them. */
export const firstShown = 50;

export function useQueue() {
  const params = { query: { first: firstShown } };
  return useQuery({ queryKey: keys.queue, queryFn: ({ signal }) => ok(api.GET("/queue", { params, signal })) });
}

/** The line's own view of one task, while it stands in the queue. */
export function useQueueItem(taskId: string | null): QueueItem | undefined {
  const { data } = useQueue();
  return data === undefined || taskId === null ? undefined : allItems(data).find((item) => item.task_id === taskId);
}

function allItems(queue: Queue): QueueItem[] {
  return [...queue.active, ...queue.waiting, ...queue.ingest.active, ...queue.ingest.waiting];
}
