import { isUnfinished, type Queue, type QueueItem, type Task } from "~/api/types";

/**
 * The queue after news of one task, ahead of the queue's own news, which come at most once a second: what ended is
 * gone, and what started moves up from the line.
 */
export function applyTask(queue: Queue, task: Task): Queue {
  if (!isUnfinished(task.status)) return without(queue, task.task_id);
  const { active, waiting, ingest } = queue;
  if (task.status !== "running") return queue;
  const inLine = waiting.find(({ task_id }) => task_id === task.task_id);
  if (inLine !== undefined) return { ...without(queue, task.task_id), active: [...active, started(inLine, task)] };
  const inIngest = ingest.waiting.find(({ task_id }) => task_id === task.task_id);
  if (inIngest === undefined) return queue;
  const rest = without(queue, task.task_id);
  return { ...rest, ingest: { ...rest.ingest, active: [...ingest.active, started(inIngest, task)] } };
}

function started(item: QueueItem, task: Task): QueueItem {
  return { ...item, position: null, eta_s: null, waits_for: null, started_at: task.started_at, progress: task.progress };
}

function without(queue: Queue, taskId: string): Queue {
  const others = ({ task_id }: QueueItem) => task_id !== taskId;
  const { ingest } = queue;
  const gone = queue.waiting.find(({ task_id }) => task_id === taskId)?.position ?? null;
  const closedUp = (item: QueueItem) =>
    gone === null || item.position === null || item.position < gone ? item : { ...item, position: item.position - 1 };
  const waitingDocuments = ingest.waiting.filter(others);
  return {
    ...queue,
    size: gone === null ? queue.size : queue.size - 1,
    active: queue.active.filter(others),
    waiting: queue.waiting.filter(others).map(closedUp),
    ingest: {
      ...ingest,
      size: ingest.size - (ingest.waiting.length - waitingDocuments.length),
      active: ingest.active.filter(others),
      waiting: waitingDocuments,
    },
  };
}
