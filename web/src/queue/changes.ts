import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ok } from "~/api/client";
import { useErrorText } from "~/api/error-text";
import { keys } from "~/api/keys";
import { isProblem } from "~/api/problem";
import { queryClient } from "~/api/query-client";
import type { Queue } from "~/api/types";
import { announce } from "~/app/live-region";
import { toast } from "~/ui/Toast";
import { reordered } from "./reorder";

interface Move {
  taskId: string;
  title: string;
  before: string | null;
}

/** Moves a waiting task of mine, on the page at once; when the server will not have it, the line is read anew. */
export function useMove() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: ({ taskId, before }: Move) =>
      ok(api.POST("/tasks/{task_id}/move", { params: { path: { task_id: taskId } }, body: { before } })),
    onMutate: ({ taskId, before }) => changeQueue((queue) => reordered(queue, taskId, before)),
    onSuccess: ({ position }, { title }) => announce(t("queue.moved", { title, position: position ?? 0 })),
    onError(error) {
      void queryClient.invalidateQueries({ queryKey: keys.queue });
      const known = isProblem(error, "not_waiting") || isProblem(error, "session_order") || isProblem(error, "not_found");
      toast(known ? t(`queue.${(error as { code: "not_waiting" }).code}`) : errorText(error), { bad: !known });
    },
  });
}

/** Admins: pauses the line or lets it go on, or changes how many may run. */
export function useChangeLine() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: (change: { paused?: boolean; limit?: number }) => ok(api.POST("/admin/line", { body: change })),
    onSuccess: ({ limit, paused }, change) => {
      changeQueue((queue) => ({ ...queue, limit, paused }));
      if (change.limit !== undefined) announce(t("queue.limitIs", { limit }));
      if (change.paused !== undefined) announce(t(paused ? "queue.isPaused" : "queue.goesOn"));
    },
    onError: (error) => toast(errorText(error), { bad: true }),
  });
}

/** Admins: cancels anybody's task. */
export function useCancelAny() {
  const errorText = useErrorText();
  return useMutation({
    mutationFn: (taskId: string) =>
      ok(api.POST("/admin/tasks/{task_id}/cancel", { params: { path: { task_id: taskId } } })),
    onError: (error) => toast(errorText(error), { bad: true }),
  });
}

function changeQueue(change: (queue: Queue) => Queue): void {
  queryClient.setQueryData<Queue>(keys.queue, (queue) => queue && change(queue));
}
