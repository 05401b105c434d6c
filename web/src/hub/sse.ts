import { createParser } from "eventsource-parser";

export interface Frame {
  event: string;
  data: string;
  id: string | null;
}

/**
 * Reads an SSE body to its end, handing over each frame in order. Resolves when the server ends the response;
 * rejects when the connection breaks, when `onFrame` throws, or after `silence` ms without a byte (the server
 * pings at least every 15 s, so silence means a dead connection that no error will ever report).
 */
export async function readFrames(
  body: ReadableStream<Uint8Array>,
  onFrame: (frame: Frame) => void,
  silence = 40_000,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: ({ event, data, id }) => onFrame({ event: event ?? "message", data, id: id ?? null }),
  });
  try {
    for (;;) {
      const { done, value } = await within(silence, reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("silent")), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
