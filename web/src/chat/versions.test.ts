import { describe, expect, it } from "vitest";
import type { Turn } from "~/api/types";
import type { Exchange } from "./exchanges";
import { versionsOf } from "./versions";

function exchange(at: number, asked: string, status: Turn["status"] = "completed", said = "words"): Exchange {
  const common = { session_id: "s", task_id: `t${at}`, citations: [], created_at: "", status };
  return {
    question: { ...common, id: `q${at}`, turn_index: 2 * at, role: "user", content: asked },
    answer: { ...common, id: `a${at}`, turn_index: 2 * at + 1, role: "assistant", content: said },
  };
}

const tasks = (groups: Exchange[][]) => groups.map((group) => group.map(({ answer }) => answer.task_id));

describe("versionsOf", () => {
  it("joins a question that was asked again, and nothing else", () => {
    expect(tasks(versionsOf([exchange(0, "a"), exchange(1, "a"), exchange(2, "b"), exchange(3, "a")]))).toEqual([
      ["t0", "t1"],
      ["t2"],
      ["t3"],
    ]);
  });

  it("leaves out what was taken back in between, but never all", () => {
    expect(tasks(versionsOf([exchange(0, "a", "cancelled", ""), exchange(1, "a")]))).toEqual([["t1"]]);
    expect(tasks(versionsOf([exchange(0, "a", "cancelled", "")]))).toEqual([["t0"]]);
  });

  it("does not fold an answer that is still being written", () => {
    expect(tasks(versionsOf([exchange(0, "a", "running"), exchange(1, "a", "queued", "")]))).toEqual([["t0"], ["t1"]]);
  });
});
