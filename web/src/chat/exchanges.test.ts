import { describe, expect, it } from "vitest";
import type { Turn } from "~/api/types";
import { arrange, isWithdrawn } from "./exchanges";

function turns(...statuses: Turn["status"][]): Turn[] {
  return statuses.flatMap((status, at) => {
    const common = { session_id: "s", task_id: `t${at}`, citations: [], created_at: "", status };
    return [
      { ...common, id: `q${at}`, turn_index: 2 * at, role: "user" as const, content: `question ${at}` },
      { ...common, id: `a${at}`, turn_index: 2 * at + 1, role: "assistant" as const, content: "" },
    ];
  });
}

const running = (turn: Turn) => turn.status === "running";
const tasks = (exchanges: { answer: Turn }[]) => exchanges.map(({ answer }) => answer.task_id);

describe("arrange", () => {
  it("shows what ended and what runs, and queues the rest", () => {
    const { shown, queued, running: current } = arrange(turns("completed", "running", "queued", "queued"), false, running);
    expect(tasks(shown)).toEqual(["t0", "t1"]);
    expect(tasks(queued)).toEqual(["t2", "t3"]);
    expect(current?.task_id).toBe("t1");
  });

  it("shows the first that waits, when nothing runs", () => {
    const { shown, queued, running: current } = arrange(turns("queued", "queued"), false, running);
    expect(tasks(shown)).toEqual(["t0"]);
    expect(tasks(queued)).toEqual(["t1"]);
    expect(current).toBeNull();
  });

  it("holds all that waits in the tray while paused, and shows what still runs", () => {
    expect(tasks(arrange(turns("completed", "queued"), true, running).queued)).toEqual(["t1"]);
    expect(tasks(arrange(turns("running", "queued"), true, running).shown)).toEqual(["t0"]);
  });

  it("keeps every message in one of the two, in order", () => {
    const { shown, queued } = arrange(turns("failed", "cancelled", "running", "queued"), false, running);
    expect(tasks([...shown, ...queued])).toEqual(["t0", "t1", "t2", "t3"]);
  });

  it("knows the question that never got an answer", () => {
    const [exchange] = arrange(turns("cancelled"), false, running).shown;
    expect(exchange !== undefined && isWithdrawn(exchange)).toBe(true);
  });
});
