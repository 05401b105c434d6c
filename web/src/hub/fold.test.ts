import { describe, expect, it } from "vitest";
import { emptyTask, fold, Gap, isOver, type StreamEvent, type TaskState } from "./fold";

const event = (id: number | null, name: string, data: Record<string, unknown> = {}): StreamEvent => ({
  id,
  event: name,
  data: { attempt: 1, ...data },
});
const delta = (id: number, text: string) => event(id, "task.delta", { text, channel: "text" });
const all = (events: StreamEvent[], state = emptyTask("t")): TaskState => events.reduce(fold, state);

describe("fold", () => {
  it("adds up text and reasoning, and knows who answers", () => {
    const state = all([
      event(1, "task.started", { model: "m", waited_ms: 40 }),
      event(2, "task.delta", { text: "hm", channel: "reasoning" }),
      delta(3, "Hello"),
      delta(4, " 世界"),
    ]);
    expect(state).toMatchObject({ phase: "running", model: "m", waitedMs: 40, reasoning: "hm", text: "Hello 世界", lastSeq: 4 });
  });

  it("drops what it has seen, whatever is repeated", () => {
    const events = [event(1, "task.started"), delta(2, "a"), delta(3, "b")];
    const once = all(events);
    expect(all([...events, ...events, delta(3, "b")])).toEqual(once);
    expect(fold(once, delta(2, "a"))).toBe(once);
  });

  it("refuses to skip an event", () => {
    const state = all([event(1, "task.started"), delta(2, "a")]);
    expect(() => fold(state, delta(4, "c"))).toThrow(Gap);
    expect(state.text).toBe("a");
  });

  it("lets a snapshot replace everything, also beyond a gap", () => {
    const before = all([event(1, "task.started"), delta(2, "old"), event(3, "task.citation", { n: 1, title: "x", passage: "" })]);
    const after = fold(before, event(90, "stream.snapshot", { text: "new", reasoning: "", steps: [], citations: [] }));
    expect(after).toMatchObject({ text: "new", citations: [], lastSeq: 90 });
    expect(fold(after, delta(91, "!")).text).toBe("new!");
  });

  it("keeps the first characters on a reset, counted by code point as the server does", () => {
    const state = all([event(1, "task.started"), delta(2, "🌊🌊水abc"), event(3, "task.reset", { keep: 3, reason: "lost" })]);
    expect(state.text).toBe("🌊🌊水");
    const none = fold(state, event(4, "task.reset", { keep: 0, reason: "lost" }));
    expect(none).toMatchObject({ text: "", reasoning: "", citations: [] });
  });

  it("goes on after what a reset keeps: reasoning and citations stay", () => {
    const state = all([
      event(1, "task.started"),
      event(2, "task.delta", { text: "hm", channel: "reasoning" }),
      delta(3, "It was 🌊 noon [1] "),
      event(4, "task.citation", { n: 1, title: "x", passage: "" }),
      event(5, "task.started", { attempt: 2 }),
      event(6, "task.reset", { keep: 17, reason: "lost", attempt: 2 }),
      event(7, "task.delta", { text: " in May 🌊", channel: "text", attempt: 2 }),
    ]);
    expect(state).toMatchObject({ text: "It was 🌊 noon [1] in May 🌊", reasoning: "hm", attempt: 2 });
    expect(state.citations.map(({ n }) => n)).toEqual([1]);
  });

  it("moves a step on in its place, and sorts citations by number", () => {
    const state = all([
      event(1, "task.progress", { step: "plan", label: "a", done: 0, total: 3 }),
      event(2, "task.progress", { step: "search-1", label: "b", done: 1, total: 3 }),
      event(3, "task.progress", { step: "plan", label: "c", done: 1, total: 3 }),
      event(4, "task.citation", { n: 2, title: "two", passage: "" }),
      event(5, "task.citation", { n: 1, title: "one", passage: "" }),
    ]);
    expect(state.steps.map(({ label }) => label)).toEqual(["c", "b"]);
    expect(state.citations.map(({ n }) => n)).toEqual([1, 2]);
  });

  it("takes positions while it waits, and none after the end", () => {
    const waiting = fold(emptyTask("t"), event(null, "queue.position", { position: 3, size: 5, eta_s: 40 }));
    expect(waiting).toMatchObject({ phase: "waiting", position: 3, size: 5, etaS: 40, lastSeq: 0 });
    const done = all([event(1, "task.started"), event(2, "task.completed", { result: { turn: { content: "x" } } })], waiting);
    expect(done).toMatchObject({ phase: "completed", result: { turn: { content: "x" } } });
    expect(fold(done, event(null, "queue.position", { position: 1, size: 1, eta_s: 1 }))).toBe(done);
  });

  it.each([
    ["task.failed", { error: { code: "model_cut", message: "cut" } }, "failed"],
    ["task.cancelled", { by: "me" }, "cancelled"],
  ])("ends by %s and keeps the text", (name, data, phase) => {
    const state = all([event(1, "task.started"), delta(2, "part"), event(3, name, data)]);
    expect(state).toMatchObject({ phase, text: "part" });
    expect(isOver(state)).toBe(true);
  });

  it("takes a lone terminal event of a task that never ran", () => {
    expect(fold(emptyTask("t"), event(1, "task.cancelled", { by: "me" })).phase).toBe("cancelled");
  });
});
