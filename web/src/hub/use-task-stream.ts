import { startTransition, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { hub } from "./client";
import { isOver, type TaskState } from "./fold";
import { patience } from "./pace";
import { useLive } from "./store";

/** For how long nothing is rendered in slices after one that took too long: keys that come meanwhile begin it anew. */
const hurry = 1_000;

/** The state of one task's stream, followed for as long as the component shows it and `watched` is true. */
export function useTaskStream(taskId: string | null, watched = true): TaskState | undefined {
  const [seen, setSeen] = useState(() => stateOf(taskId));
  const onPage = useRef(seen);
  const since = useRef<number | null>(null);
  const hurried = useRef(0);
  useEffect(() => {
    if (taskId !== null && watched) return hub.watch(taskId);
  }, [taskId, watched]);
  useEffect(() => {
    // More of a text is rendered in slices, so that a slow machine draws frames and takes keys in between. All else is
    // rendered now: without `flushSync` it would not go before slices that have begun.
    const take = () => {
      const next = stateOf(taskId);
      if (next === onPage.current && since.current === null) return;
      const now = performance.now();
      if (since.current !== null && now - since.current > patience) hurried.current = now + hurry;
      if (now < hurried.current || !isMore(next, onPage.current)) return flushSync(() => setSeen(next));
      since.current ??= now;
      startTransition(() => setSeen(next));
    };
    queueMicrotask(take);
    return useLive.subscribe(take);
  }, [taskId]);
  useLayoutEffect(() => {
    onPage.current = seen;
    since.current = null;
    if (seen === stateOf(taskId)) hub.shown();
  }, [seen, taskId]);
  return seen?.taskId === taskId ? seen : stateOf(taskId);
}

function isMore(next: TaskState | undefined, before: TaskState | undefined): boolean {
  return next !== undefined && !isOver(next) && next.taskId === before?.taskId && before.text !== "";
}

function stateOf(taskId: string | null): TaskState | undefined {
  return taskId === null ? undefined : useLive.getState().tasks[taskId];
}
