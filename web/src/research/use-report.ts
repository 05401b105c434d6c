import type { Task } from "~/api/types";
import type { Citation, TaskState } from "~/hub/fold";
import { useTaskStream } from "~/hub/use-task-stream";

interface Report {
  live: TaskState | undefined;
  topic: string;
  /** The report as it is shown, and the whole of it, with its list of sources. */
  text: string;
  whole: string;
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
  const topic = written?.topic ?? task.asked?.topic ?? task.summary;
  const whole = written?.content || (live?.text ?? "");
  const citations = written?.citations.length ? written.citations : (live?.citations ?? []);
  const text = withoutTitle(whole, topic);
  return {
    live,
    topic,
    text: citations.length > 0 ? withoutSources(text) : text,
    whole,
    citations,
    status: statusOf(live, task),
  };
}

/** A report that begins with its topic would say it twice, since the page has it as its heading. */
function withoutTitle(text: string, topic: string): string {
  const title = /^#\s+(.+)\n+/.exec(text);
  return title?.[1]?.trim() === topic.trim() ? text.slice(title[0].length) : text;
}

const sources = /^## (?:Sources(?: consulted)?|来源|查阅的来源)\n\n(?:- .*(?:\n|$))+/m;

/** The list of sources stands beside the report, so the report need not repeat it. */
export function withoutSources(text: string): string {
  return text.replace(sources, "");
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
