import type { Queue, QueueItem } from "~/api/types";

/** My waiting tasks, in order. */
export function mineOf(waiting: QueueItem[]): QueueItem[] {
  return waiting.filter(({ mine }) => mine);
}

/**
 * The line after one of my tasks was moved before another of mine, or behind all of them (null). Mine change places
 * among themselves; everybody else stays where they are.
 */
export function reordered(queue: Queue, taskId: string, before: string | null): Queue {
  const mine = mineOf(queue.waiting);
  const moved = mine.find(({ task_id }) => task_id === taskId);
  if (moved === undefined || taskId === before) return queue;
  const others = mine.filter((item) => item !== moved);
  const found = others.findIndex(({ task_id }) => task_id === before);
  const next = others.toSpliced(found < 0 ? others.length : found, 0, moved);
  const waiting = queue.waiting.map((item) => {
    const at = mine.indexOf(item);
    const own = next[at];
    return own === undefined || own === item ? item : { ...own, position: item.position, eta_s: item.eta_s };
  });
  return { ...queue, waiting };
}

/** Before whom a task of mine stands after a step up or down; undefined when there is no such step. */
export function stepOf(waiting: QueueItem[], taskId: string, step: "earlier" | "later"): string | null | undefined {
  const mine = mineOf(waiting);
  const at = mine.findIndex(({ task_id }) => task_id === taskId);
  const item = mine[at];
  const neighbour = mine[step === "earlier" ? at - 1 : at + 1];
  if (at < 0 || item === undefined || neighbour === undefined) return undefined;
  // Messages of one session are answered in the order they were sent.
  if (item.session_id !== null && item.session_id === neighbour.session_id) return undefined;
  return step === "earlier" ? neighbour.task_id : (mine[at + 2]?.task_id ?? null);
}
