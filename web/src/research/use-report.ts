import type { Task } from "~/api/types";
import type { Citation, TaskState } from "~/hub/fold";
import { useTaskStream } from "~/hub/use-task-stream";

interface Report {
  live: TaskState | undefined;
  topic: string;
  text: string;
  citations: Citation[];
  status: Task["status"];
}

interface Written {
  topic: string;
  content: string;
  citations: Citation[];
}

/** A research as far as it is. Its stream tells everything, also long after the end. */
export function useReport(task: Task, followed: boolean): Report {
  const live = useTaskStream(task.task_id, followed);
  const written = live?.result?.report as Written | undefined;
  return {
    live,
    topic: written?.topic ?? task.summary,
    text: written?.content || (live?.text ?? ""),
    citations: written?.citations.length ? written.citations : (live?.citations ?? []),
    status: statusOf(live, task),
  };
}

function statusOf(live: TaskState | undefined, task: Task): Task["status"] {
  switch (live?.phase) {
    case "completed":
    case "failed":
    case "cancelled":
    case "running":
      return task.status === "queued" || task.status === "running" ? live.phase : task.status;
    default:
      return task.status;
  }
}
