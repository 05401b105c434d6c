import type { components } from "./schema";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type Turn = Schemas["Turn"];
export type Task = Schemas["Task"];
export type Receipt = Schemas["Receipt"];
export type Queue = Schemas["Queue"];
export type QueueItem = Schemas["QueueItem"];
export type Document = Schemas["Document"];
export type Hit = Schemas["Hit"];
export type Config = Schemas["Config"];
export type Status = Turn["status"];

export function isUnfinished(status: Status): boolean {
  return status === "queued" || status === "running";
}

/**
 * Whether a task is told as it was before what is `known`: news from two processes can pass each other. A task never
 * comes back from its end or to an earlier attempt.
 */
export function isOlder(task: Task, known: Task | undefined): boolean {
  if (known === undefined) return false;
  return task.attempt < known.attempt || (isUnfinished(task.status) && !isUnfinished(known.status));
}
