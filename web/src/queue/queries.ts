import { useQuery } from "@tanstack/react-query";
import { api, ok } from "~/api/client";
import { keys } from "~/api/keys";
import type { Queue, QueueItem } from "~/api/types";

export function useQueue() {
  return useQuery({ queryKey: keys.queue, queryFn: ({ signal }) => ok(api.GET("/queue", { signal })) });
}

/** The line's own view of one task, while it stands in the queue. */
export function useQueueItem(taskId: string | null): QueueItem | undefined {
  const { data } = useQueue();
  return data === undefined || taskId === null ? undefined : allItems(data).find((item) => item.task_id === taskId);
}

function allItems(queue: Queue): QueueItem[] {
  return [...queue.active, ...queue.waiting, ...queue.ingest.active, ...queue.ingest.waiting];
}
