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
  const topic = written?.topic ?? task.summary;
  return {
    live,
    topic,
    text: withoutTitle(written?.content || (live?.text ?? ""), topic),
    citations: written?.citations.length ? written.citations : (live?.citations ?? []),
    status: statusOf(live, task),
  };
}

/** A report that begins with its topic would say it twice, since the page has it as its heading. */
function withoutTitle(text: string, topic: string): string {
  const title = /^#\s+(.+)\n+/.exec(text);
  return title?.[1]?.trim() === topic.trim() ? text.slice(title[0].length) : text;
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
