import { type Frame, readFrames } from "./sse";

export type End = "done" | "empty" | "signed-out" | "missing";

export interface Request {
  url: string;
  headers: Record<string, string>;
}

export interface Source {
  /** Asked anew before each connection, since the cursor moves on. */
  request(): Request;
  /** Returns true once the last frame has come. Throwing breaks the connection, and a new one is made. */
  onFrame(frame: Frame): boolean;
  onOpen(): void;
  onBroken(): void;
  onEnd(end: End): void;
}

export interface Following {
  stop(): void;
  /** Tries again now instead of waiting out the pause between attempts. */
  hurry(): void;
}

const shortest = 250;
const longest = 3_000;

/** Keeps one SSE address connected, through broken connections and restarts of the server, until it ends or is stopped. */
export function follow(source: Source, fetcher: typeof fetch): Following {
  const control = new AbortController();
  let wake = () => {};
  let failures = 0;

  async function once(): Promise<End | null> {
    const { url, headers } = source.request();
    const accept = { Accept: "text/event-stream", ...headers };
    const response = await fetcher(url, { headers: accept, signal: control.signal, cache: "no-store" });
    const end = endOf(response.status);
    if (end !== null) return end;
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    source.onOpen();
    let over = false;
    await readFrames(response.body, (frame) => {
      over = source.onFrame(frame) || over;
      failures = 0;
    });
    return over ? "done" : null;
  }

  async function run(): Promise<void> {
    while (!control.signal.aborted) {
      const end = await once().catch(() => null);
      if (control.signal.aborted) return;
      if (end !== null) return source.onEnd(end);
      source.onBroken();
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause(failures++));
      });
    }
  }

  void run();
  return {
    stop() {
      control.abort();
      wake();
    },
    hurry: () => wake(),
  };
}

function pause(failures: number): number {
  const full = Math.min(longest, shortest * 2 ** failures);
  return full * (0.75 + Math.random() / 4);
}

function endOf(status: number): End | null {
  if (status === 204) return "empty";
  if (status === 401 || status === 403) return "signed-out";
  return status === 404 || status === 400 ? "missing" : null;
}
