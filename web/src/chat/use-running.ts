import { useCallback } from "react";
import type { Session, Turn } from "~/api/types";
import { useQueue } from "~/queue/queries";

/**
 * Whether a turn's task holds a slot now, by whatever told first: the turn, the session or the queue.
 * A task about to start counts as well when a slot is free, so that its stream is open before the first word.
 */
export function useIsRunning(session: Session | undefined): (turn: Turn) => boolean {
  const { data: queue } = useQueue();
  return useCallback(
    (turn: Turn) =>
      turn.status === "running" ||
      (turn.task_id !== null && turn.task_id === session?.active_task_id) ||
      (queue?.active.some(({ task_id }) => task_id === turn.task_id) ?? false),
    [session, queue],
  );
}

/** Whether a slot is free, so that what is submitted now starts at once. */
export function useFreeSlot(): boolean {
  const { data: queue } = useQueue();
  return queue !== undefined && !queue.paused && queue.active.length < queue.limit;
}
