import { useEffect } from "react";
import { hub } from "./client";
import type { TaskState } from "./fold";
import { useLive } from "./store";

/** The state of one task's stream, followed for as long as the component shows it and `watched` is true. */
export function useTaskStream(taskId: string | null, watched = true): TaskState | undefined {
  useEffect(() => {
    if (taskId !== null && watched) return hub.watch(taskId);
  }, [taskId, watched]);
  return useLive((live) => (taskId === null ? undefined : live.tasks[taskId]));
}
