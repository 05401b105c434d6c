import { describe, expect, it } from "vitest";
import { isOlder, type Task } from "./types";

const task = (status: Task["status"], attempt: number) => ({ status, attempt }) as Task;

describe("isOlder", () => {
  it.each([
    [task("queued", 0), task("running", 1)],
    [task("running", 1), task("completed", 1)],
    [task("queued", 1), task("cancelled", 1)],
    [task("running", 1), task("running", 2)],
  ])("knows %o from before %o", (told, known) => {
    expect(isOlder(told, known)).toBe(true);
    expect(isOlder(known, told)).toBe(false);
  });

  it("takes what was given back, and what is told twice", () => {
    expect(isOlder(task("queued", 1), task("running", 1))).toBe(false);
    expect(isOlder(task("running", 2), task("queued", 1))).toBe(false);
    expect(isOlder(task("running", 1), task("running", 1))).toBe(false);
    expect(isOlder(task("queued", 0), undefined)).toBe(false);
  });
});
