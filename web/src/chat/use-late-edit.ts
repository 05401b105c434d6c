import { useEffect } from "react";
import type { Turn } from "~/api/types";
import { giveBackAloud } from "./EditWaiting";
import { useEdit } from "./editing";

/** Gives an edit's text to the composer when its message starts, or is cancelled elsewhere, before it was saved. */
export function useLateEdit(turns: Turn[], isRunning: (turn: Turn) => boolean): void {
  const editing = useEdit(({ edit }) => edit?.taskId ?? null);
  const answer = turns.find(({ task_id, role }) => role === "assistant" && task_id !== null && task_id === editing);
  const late = answer !== undefined && (answer.status !== "queued" || isRunning(answer));
  useEffect(() => {
    if (late) giveBackAloud();
  }, [late]);
}
