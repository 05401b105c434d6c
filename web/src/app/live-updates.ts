import i18next from "i18next";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import { type Document, isOlder, isUnfinished, type Queue, type Session, type Task, type Turn } from "~/api/types";
import { keepTask, keepTurns } from "~/chat/queries";
import { hub } from "~/hub/client";
import type { TaskState } from "~/hub/fold";
import type { FeedEvent } from "~/hub/protocol";
import { dropDocument, keepDocument } from "~/library/queries";
import { applyTask } from "~/queue/apply-task";
import { keepResearch } from "~/research/queries";
import { dropSession, keepSession, sessionTitle } from "~/sessions/queries";
import { markUnread } from "~/sessions/unread";
import { toast } from "~/ui/Toast";
import { announce } from "./live-region";

/** Keeps the query cache equal to what the server says through the feed and the streams, until stopped. */
export function startLiveUpdates(openSession: (id: string) => void): () => void {
  const stops = [
    hub.onFeed((change) => apply(change, openSession)),
    hub.onFresh(() => void queryClient.invalidateQueries()),
    hub.onEnd(keepResult),
  ];
  hub.start();
  return () => stops.forEach((stop) => stop());
}

function apply({ event, data }: FeedEvent, openSession: (id: string) => void): void {
  switch (event) {
    case "queue.changed":
      return void queryClient.setQueryData(keys.queue, (data as { queue: Queue }).queue);
    case "task.changed":
      return taskChanged(data as Task, openSession);
    case "session.changed":
      return keepSession(data as Session);
    case "session.deleted":
      return dropSession((data as { id: string }).id);
    case "document.changed":
      return keepDocument(data as Document);
    case "document.deleted":
      return dropDocument((data as { id: string }).id);
  }
}

function taskChanged(task: Task, openSession: (id: string) => void): void {
  const before = queryClient.getQueryData<Task>(keys.task(task.task_id));
  if (isOlder(task, before)) return;
  keepTask(task);
  queryClient.setQueryData<Queue>(keys.queue, (queue) => (queue === undefined ? undefined : applyTask(queue, task)));
  if (task.kind === "research") keepResearch(task);
  if (task.session_id === null) return;
  void queryClient.invalidateQueries({ queryKey: keys.turns(task.session_id) });
  const justAnswered = task.status === "completed" && (before === undefined || isUnfinished(before.status));
  if (justAnswered) tell(task.session_id, openSession);
}

function tell(sessionId: string, openSession: (id: string) => void): void {
  if (!markUnread(sessionId)) return announce(i18next.t("status.completed"));
  const title = sessionTitle(sessionId) ?? i18next.t("sessions.untitled");
  const action = { label: i18next.t("app.open"), run: () => openSession(sessionId) };
  if (document.visibilityState === "visible") toast(i18next.t("sessions.answered", { title }), { action });
}

/** The terminal event carries the turn as the database has it; it takes the place of the streamed text at once. */
function keepResult(state: TaskState): void {
  const turn = state.result?.turn as Turn | undefined;
  if (turn !== undefined) keepTurns(turn.session_id, [turn]);
}
