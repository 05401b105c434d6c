import { startTransition, useEffect, useLayoutEffect, useState } from "react";
import { hub } from "./client";
import { isOver, type TaskState } from "./fold";
import { useLive } from "./store";

/** The state of one task's stream, followed for as long as the component shows it and `watched` is true. */
export function useTaskStream(taskId: string | null, watched = true): TaskState | undefined {
  const [seen, setSeen] = useState(() => stateOf(taskId));
  useEffect(() => {
    if (taskId !== null && watched) return hub.watch(taskId);
  }, [taskId, watched]);
  useEffect(() => {
    // What is on its way is rendered in slices, so that a slow machine draws frames and takes keys in between.
    const take = () => {
      const next = stateOf(taskId);
      if (next === undefined || isOver(next)) setSeen(next);
      else startTransition(() => setSeen(next));
    };
    take();
    return useLive.subscribe(take);
  }, [taskId]);
  useLayoutEffect(() => hub.shown(), [seen]);
  return seen?.taskId === taskId ? seen : stateOf(taskId);
}

function stateOf(taskId: string | null): TaskState | undefined {
  return taskId === null ? undefined : useLive.getState().tasks[taskId];
}
