import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Hub } from "./core";
import { FakeServer } from "./fake-server";
import type { TaskState } from "./fold";
import { applyPatch } from "./patch";
import type { FromHub, Link, ToHub } from "./protocol";

/** A tab as `client.ts` is one, without a page around it. */
class Tab {
  readonly tasks: Record<string, TaskState> = {};
  readonly messages: FromHub[] = [];
  link: Link = "connecting";
  readonly say: (message: ToHub) => void;

  constructor(hub: Hub) {
    this.say = hub.attach((message) => this.#receive(message));
  }

  watch(...watching: string[]): this {
    this.say({ type: "hello", watching, visible: true });
    return this;
  }

  #receive(message: FromHub): void {
    this.messages.push(message);
    if (message.type === "state") this.tasks[message.state.taskId] = message.state;
    if (message.type === "link") this.link = message.link;
    if (message.type === "patch") {
      const { taskId } = message.patch;
      const next = applyPatch(this.tasks[taskId], message.patch);
      if (next === null) throw new Error("a patch did not fit");
      this.tasks[taskId] = next;
    }
  }
}

const fresh = (tab: Tab) => tab.messages.filter(({ type }) => type === "fresh").length;
const text = (tab: Tab, taskId = "t") => tab.tasks[taskId]?.text;
const delta = (words: string) => ({ attempt: 1, text: words, channel: "text" });

describe("Hub", () => {
  let server: FakeServer;
  let hub: Hub;
  const settle = () => vi.advanceTimersByTimeAsync(60);
  const retry = () => vi.advanceTimersByTimeAsync(6_000);

  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    hub = new Hub(server.fetch);
  });
  afterEach(() => vi.useRealTimers());

  it("serves many tabs with one feed and one stream a task", async () => {
    const tabs = Array.from({ length: 10 }, () => new Tab(hub).watch("t"));
    await settle();
    expect(server.connections.map(({ url }) => url).toSorted()).toEqual(["/events", "/stream/t?replay=snapshot"]);
    server.to("/stream/t")[0]?.send("task.delta", delta("hi"), 1);
    await settle();
    for (const tab of tabs) expect(text(tab)).toBe("hi");
  });

  it("hands a late tab all that was said", async () => {
    new Tab(hub).watch("t");
    await settle();
    const [stream] = server.to("/stream/t");
    stream?.send("task.delta", delta("one "), 1);
    stream?.send("task.delta", delta("two"), 2);
    await settle();
    expect(text(new Tab(hub).watch("t"))).toBe("one two");
    expect(server.to("/stream/t")).toHaveLength(1);
  });

  it("goes on after the last event when the connection drops, without gap or repeat", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    server.to("/stream/t")[0]?.send("task.delta", delta("a"), 1);
    await settle();
    server.to("/stream/t")[0]?.drop();
    await settle();
    expect(tab.link).toBe("retrying");
    await retry();
    const second = server.to("/stream/t")[1];
    expect(second?.lastEventId).toBe("1");
    expect(second?.url).toBe("/stream/t");
    expect(tab.link).toBe("open");
    second?.send("task.delta", delta("a"), 1);
    second?.send("task.delta", delta("b"), 2);
    await settle();
    expect(text(tab)).toBe("ab");
  });

  it("survives a server that answers 502 and then not at all", async () => {
    server.refusals = [502, 0, 503];
    const tab = new Tab(hub).watch("t");
    await retry();
    server.to("/stream/t")[0]?.send("task.delta", delta("here"), 1);
    await settle();
    expect(text(tab)).toBe("here");
  });

  it("reads again from its cursor when an event is missing", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    server.to("/stream/t")[0]?.send("task.delta", delta("a"), 1);
    server.to("/stream/t")[0]?.send("task.delta", delta("c"), 3);
    await retry();
    const second = server.to("/stream/t")[1];
    expect(second?.lastEventId).toBe("1");
    second?.send("task.delta", delta("b"), 2);
    second?.send("task.delta", delta("c"), 3);
    await settle();
    expect(text(tab)).toBe("abc");
  });

  it("replaces the text after a reset or a snapshot", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    const [stream] = server.to("/stream/t");
    stream?.send("task.delta", delta("abcdef"), 1);
    await settle();
    stream?.send("task.reset", { attempt: 2, keep: 3, reason: "lost" }, 2);
    stream?.send("task.delta", { ...delta("XYZ"), attempt: 2 }, 3);
    await settle();
    expect(text(tab)).toBe("abcXYZ");
    stream?.send("stream.snapshot", { attempt: 2, text: "whole", reasoning: "", steps: [], citations: [] }, 50);
    await settle();
    expect(text(tab)).toBe("whole");
  });

  it("closes the stream at its end and does not open it again", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    const [stream] = server.to("/stream/t");
    stream?.send("task.completed", { attempt: 1, result: { turn: { content: "x" } } }, 1);
    stream?.end();
    await retry();
    tab.watch("t");
    await retry();
    expect(tab.tasks.t?.phase).toBe("completed");
    expect(server.to("/stream/t")).toHaveLength(1);
    expect(tab.link).toBe("open");
  });

  it("takes 404 for gone, and keeps the text it has", async () => {
    server.refusals = [404];
    const tab = new Tab(hub).watch("t");
    await retry();
    expect(tab.tasks.t?.phase).toBe("gone");
    expect(server.to("/stream/t")).toHaveLength(0);
  });

  it("leaves a stream that nobody watches, and takes it up where it was", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    server.to("/stream/t")[0]?.send("task.delta", delta("a"), 1);
    await settle();
    tab.watch();
    await settle();
    expect(server.open("/stream/t")).toHaveLength(0);
    tab.watch("t");
    expect(text(tab)).toBe("a");
    await settle();
    expect(server.to("/stream/t")[1]?.lastEventId).toBe("1");
  });

  it("never holds more than four streams, those of visible tabs first", async () => {
    new Tab(hub).say({ type: "hello", watching: ["a", "b", "c", "d", "e"], visible: false });
    await settle();
    new Tab(hub).watch("seen");
    await settle();
    expect(server.open("/stream")).toHaveLength(4);
    expect(server.open("/stream/seen")).toHaveLength(1);
  });

  it("passes the feed on, and says when what is shown may be stale", async () => {
    const tab = new Tab(hub).watch();
    await settle();
    server.to("/events")[0]?.send("feed.reset", { reason: "unknown" }, "5-0");
    server.to("/events")[0]?.send("queue.changed", { limit: 2 });
    await settle();
    expect(tab.messages).toContainEqual({ type: "feed", change: { event: "queue.changed", data: { limit: 2 } } });
    expect(fresh(tab)).toBe(1);
    server.to("/events")[0]?.send("feed.reset", { reason: "unknown" }, "7-0");
    await settle();
    expect(fresh(tab)).toBe(2);
  });

  it("goes on with the feed after the last news, and reads nothing anew", async () => {
    const tab = new Tab(hub).watch();
    await settle();
    server.to("/events")[0]?.send("feed.reset", { reason: "unknown" }, "5-0");
    server.to("/events")[0]?.send("session.changed", { id: "s" }, "6-0");
    server.to("/events")[0]?.send("queue.changed", { limit: 2 });
    await settle();
    server.to("/events")[0]?.drop();
    await retry();
    expect(server.to("/events").map(({ lastEventId }) => lastEventId)).toEqual([null, "6-0"]);
    expect(fresh(tab)).toBe(1);
  });

  it("has everything read anew when the server was away", async () => {
    const tab = new Tab(hub).watch();
    await settle();
    server.to("/events")[0]?.send("feed.reset", { reason: "unknown" }, "5-0");
    await settle();
    server.away = true;
    server.to("/events")[0]?.drop();
    await retry();
    server.away = false;
    await retry();
    expect(server.to("/events")).toHaveLength(2);
    expect(fresh(tab)).toBe(2);
  });

  it("has a tab that was away read anew, but not one that is new", async () => {
    const [stays, leaves] = [new Tab(hub).watch(), new Tab(hub).watch()];
    await settle();
    leaves.say({ type: "bye" });
    leaves.watch();
    expect(fresh(leaves)).toBe(1);
    expect(fresh(stays)).toBe(0);
  });

  it("forgets tabs that say goodbye, and closes everything after the last", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    tab.say({ type: "bye" });
    await settle();
    expect(server.connections.every(({ closed }) => closed)).toBe(true);
  });

  it("sends what streams in together, the first at once", async () => {
    const tab = new Tab(hub).watch("t");
    await settle();
    const [stream] = server.to("/stream/t");
    tab.messages.length = 0;
    for (let id = 1; id <= 100; id++) {
      stream?.send("task.delta", delta("x"), id);
      await vi.advanceTimersByTimeAsync(1);
    }
    await settle();
    expect(text(tab)).toBe("x".repeat(100));
    expect(tab.messages.length).toBeLessThanOrEqual(5);
  });
});
