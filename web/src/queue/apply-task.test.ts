import { describe, expect, it } from "vitest";
import type { Queue, QueueItem, Task } from "~/api/types";
import { applyTask } from "./apply-task";

const item = (id: string, position: number | null, kind: QueueItem["kind"] = "chat") =>
  ({ task_id: id, kind, position, eta_s: position === null ? null : 9, waits_for: null, started_at: null }) as QueueItem;
const task = (id: string, status: Task["status"]) =>
  ({ task_id: id, status, started_at: "2026-11-22T10:00:00Z", progress: null }) as Task;

const queue: Queue = {
  limit: 2,
  paused: false,
  size: 3,
  active: [item("a", null)],
  waiting: [item("b", 1), item("c", 2), item("d", 3)],
  ingest: { limit: 2, size: 1, active: [], waiting: [item("i", null, "ingest")] },
};

const places = (items: QueueItem[]) => items.map(({ task_id, position }) => [task_id, position]);

describe("applyTask", () => {
  it.each(["completed", "failed", "cancelled"] as const)("takes out what is %s, and closes the gap", (status) => {
    expect(applyTask(queue, task("a", status)).active).toEqual([]);
    expect(places(applyTask(queue, task("c", status)).waiting)).toEqual([["b", 1], ["d", 2]]);
  });

  it("moves what started out of the line", () => {
    const next = applyTask(queue, task("b", "running"));
    expect(places(next.active)).toEqual([["a", null], ["b", null]]);
    expect(next.active[1]).toMatchObject({ started_at: "2026-11-22T10:00:00Z", eta_s: null });
    expect(places(next.waiting)).toEqual([["c", 1], ["d", 2]]);
  });

  it("keeps documents apart", () => {
    const { ingest, active } = applyTask(queue, task("i", "running"));
    expect(places(ingest.active)).toEqual([["i", null]]);
    expect(ingest.waiting).toEqual([]);
    expect(active).toHaveLength(1);
  });

  it("leaves the queue alone for what it does not know, or what still waits", () => {
    expect(applyTask(queue, task("x", "running"))).toBe(queue);
    expect(applyTask(queue, task("b", "queued"))).toBe(queue);
    expect(applyTask(queue, task("x", "completed"))).toEqual(queue);
  });
});
