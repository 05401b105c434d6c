import type { TaskState } from "./fold";

/** Whether the server's feed and the streams being followed are connected. */
export type Link = "connecting" | "open" | "retrying" | "signed-out";

/** One change told by `/events`. */
export interface FeedEvent {
  event: string;
  data: unknown;
}

/**
 * What a tab says to the hub. `hello` always carries everything the tab wants, so it doubles as the heartbeat
 * and mends whatever was lost while the tab was frozen.
 */
export type ToHub =
  | { type: "hello"; watching: string[]; visible: boolean }
  | { type: "full"; taskId: string }
  | { type: "retry" }
  | { type: "bye" };

/** A patch holds the text from `base` on, and every other field that changed. */
export interface Patch {
  taskId: string;
  base: number;
  append: string;
  rest: Partial<Omit<TaskState, "taskId" | "text">>;
}

/** What the hub says to a tab. `fresh`: news may have been missed, so what is shown must be fetched again. */
export type FromHub =
  | { type: "state"; state: TaskState }
  | { type: "patch"; patch: Patch }
  | { type: "feed"; change: FeedEvent }
  | { type: "link"; link: Link }
  | { type: "fresh" };
