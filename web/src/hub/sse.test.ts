import { afterEach, describe, expect, it, vi } from "vitest";
import { type Frame, readFrames } from "./sse";

function body(chunks: (string | Uint8Array)[], open = false): ReadableStream<Uint8Array> {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  return new ReadableStream({
    start(control) {
      for (const chunk of bytes) control.enqueue(chunk);
      if (!open) control.close();
    },
  });
}

async function frames(chunks: (string | Uint8Array)[]): Promise<Frame[]> {
  const got: Frame[] = [];
  await readFrames(body(chunks), (frame) => got.push(frame));
  return got;
}

describe("readFrames", () => {
  afterEach(() => vi.useRealTimers());

  it("reads frames with and without an id, and passes over pings", async () => {
    const text = ": ping\n\nid: 7\nevent: task.delta\ndata: {}\n\nevent: queue.position\ndata: {\"position\":1}\n\n";
    expect(await frames([text])).toEqual([
      { event: "task.delta", data: "{}", id: "7" },
      { event: "queue.position", data: '{"position":1}', id: null },
    ]);
  });

  it("joins what the network cut, inside a character too", async () => {
    const bytes = new TextEncoder().encode('id: 1\nevent: task.delta\ndata: {"text":"水闸🌊"}\n\n');
    for (let at = 1; at < bytes.length; at++) {
      const [frame] = await frames([bytes.slice(0, at), bytes.slice(at)]);
      expect(JSON.parse(frame?.data ?? "")).toEqual({ text: "水闸🌊" });
    }
  });

  it("does not hand over a frame that was cut off", async () => {
    expect(await frames(["id: 1\nevent: task.delta\ndata: {}"])).toEqual([]);
  });

  it("breaks off when the reader of frames throws", async () => {
    const reading = readFrames(body(["event: a\ndata: 1\n\n"], true), () => {
      throw new Error("gap");
    });
    await expect(reading).rejects.toThrow("gap");
  });

  it("takes long silence for a dead connection", async () => {
    vi.useFakeTimers();
    const outcome = readFrames(body([": ping\n\n"], true), () => {}, 40_000).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(40_001);
    expect(await outcome).toBe("silent");
  });
});
