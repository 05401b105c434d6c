import { describe, expect, it } from "vitest";
import type { Queue, QueueItem } from "~/api/types";
import { reordered, stepOf } from "./reorder";

const item = (id: string, position: number, mine = true, session: string | null = id) =>
  ({ task_id: id, kind: "chat", position, eta_s: position * 10, mine, session_id: session }) as QueueItem;

const waiting = [item("a", 1), item("x", 2, false), item("b", 3), item("c", 4), item("y", 5, false)];
const queue = { limit: 2, paused: false, active: [], waiting } as unknown as Queue;
const places = (changed: Queue) => changed.waiting.map(({ task_id, position, eta_s }) => [task_id, position, eta_s]);

describe("reordered", () => {
  it("moves one of mine among mine, and nobody else", () => {
    expect(places(reordered(queue, "c", "a"))).toEqual([
      ["c", 1, 10],
      ["x", 2, 20],
      ["a", 3, 30],
      ["b", 4, 40],
      ["y", 5, 50],
    ]);
    expect(places(reordered(queue, "a", null)).map(([id]) => id)).toEqual(["b", "x", "c", "a", "y"]);
  });

  it("leaves the line alone for what does not wait any more", () => {
    expect(reordered(queue, "gone", "a")).toBe(queue);
    expect(reordered(queue, "a", "a")).toBe(queue);
  });
});

describe("stepOf", () => {
  it("names whom to stand before", () => {
    expect(stepOf(waiting, "c", "earlier")).toBe("b");
    expect(stepOf(waiting, "a", "later")).toBe("c");
    expect(stepOf(waiting, "b", "later")).toBeNull();
  });

  it("knows where there is no step", () => {
    expect(stepOf(waiting, "a", "earlier")).toBeUndefined();
    expect(stepOf(waiting, "c", "later")).toBeUndefined();
    expect(stepOf(waiting, "x", "earlier")).toBeUndefined();
    const talk = [item("a", 1, true, "s"), item("b", 2, true, "s")];
    expect(stepOf(talk, "b", "earlier")).toBeUndefined();
  });
});
