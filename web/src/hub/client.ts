import { Hub } from "./core";
import { isOver, type TaskState } from "./fold";
import { Pace } from "./pace";
import { applyPatch } from "./patch";
import type { FeedEvent, FromHub, ToHub } from "./protocol";
import { useLive } from "./store";

const heartbeat = 30_000;
const mostKept = 40;

/** A tab's end of the hub: keeps `useLive` equal to what the hub holds of the tasks watched here. */
class HubClient {
  readonly #watches = new Map<string, number>();
  readonly #feedListeners = new Set<(change: FeedEvent) => void>();
  readonly #freshListeners = new Set<() => void>();
  readonly #endListeners = new Set<(state: TaskState) => void>();
  #send: ((message: ToHub) => void) | null = null;
  readonly #pace = new Pace();
  /** States that are not shown yet. */
  readonly #next = new Map<string, TaskState>();
  #pending = false;

  /** Connects to the shared hub, or starts one in the page where there are no shared workers. */
  start(): void {
    if (this.#send !== null) return;
    this.#send = this.#connectShared() ?? this.#connectLocal();
    this.#hello();
    setInterval(() => this.#hello(), heartbeat);
    addEventListener("pagehide", () => this.#send?.({ type: "bye" }));
    addEventListener("pageshow", () => this.#hello());
    addEventListener("online", () => this.#send?.({ type: "retry" }));
    document.addEventListener("visibilitychange", () => this.#hello());
  }

  /** Follows a task's stream into `useLive` until the returned function is called. */
  watch(taskId: string): () => void {
    this.#watches.set(taskId, (this.#watches.get(taskId) ?? 0) + 1);
    this.#soon();
    return () => {
      const left = (this.#watches.get(taskId) ?? 1) - 1;
      if (left > 0) this.#watches.set(taskId, left);
      else this.#watches.delete(taskId);
      this.#soon();
    };
  }

  onFeed(listener: (change: FeedEvent) => void): () => void {
    return listen(this.#feedListeners, listener);
  }

  /** Called when news may have been missed: what is shown may be stale. */
  onFresh(listener: () => void): () => void {
    return listen(this.#freshListeners, listener);
  }

  onEnd(listener: (state: TaskState) => void): () => void {
    return listen(this.#endListeners, listener);
  }

  /** The latest that `useLive` was given is on the page. */
  shown(): void {
    this.#pace.shown();
  }

  retry(): void {
    this.#send?.({ type: "retry" });
  }

  /** One message for all watches that change in the same turn of the event loop. */
  #soon(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      this.#hello();
    });
  }

  #hello(): void {
    const visible = document.visibilityState === "visible";
    this.#send?.({ type: "hello", watching: [...this.#watches.keys()], visible });
  }

  #connectShared(): ((message: ToHub) => void) | null {
    if (typeof SharedWorker === "undefined") return null;
    try {
      const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sluice" });
      worker.addEventListener("error", () => {
        this.#send = this.#connectLocal();
        this.#hello();
      });
      worker.port.addEventListener("message", (event: MessageEvent<FromHub>) => this.#receive(event.data));
      worker.port.start();
      return (message) => worker.port.postMessage(message);
    } catch {
      return null;
    }
  }

  #connectLocal(): (message: ToHub) => void {
    return new Hub().attach((message) => this.#receive(message));
  }

  #receive(message: FromHub): void {
    switch (message.type) {
      case "state":
        return this.#keep(message.state);
      case "patch": {
        const { taskId } = message.patch;
        const next = applyPatch(this.#next.get(taskId) ?? useLive.getState().tasks[taskId], message.patch);
        return next === null ? this.#send?.({ type: "full", taskId }) : this.#keep(next);
      }
      case "link":
        return useLive.setState({ link: message.link });
      case "fresh":
        return this.#freshListeners.forEach((listener) => listener());
      case "feed":
        return this.#feedListeners.forEach((listener) => listener(message.change));
    }
  }

  /** What ends a task is shown at once; what comes before it, at its pace. */
  #keep(state: TaskState): void {
    this.#next.set(state.taskId, state);
    if (isOver(state)) {
      this.#show();
      this.#endListeners.forEach((listener) => listener(state));
    } else this.#pace.next(() => this.#show());
  }

  #show(): void {
    if (this.#next.size === 0) return;
    const next = Object.fromEntries(this.#next);
    this.#next.clear();
    useLive.setState(({ tasks }) => ({ tasks: { ...recent(tasks), ...next } }));
  }
}

/** Streams that ended long ago are dropped: what they said is the server's, and can be fetched. */
function recent(tasks: Record<string, TaskState>): Record<string, TaskState> {
  const all = Object.entries(tasks);
  const excess = all.length - mostKept;
  return excess <= 0 ? tasks : Object.fromEntries(all.filter(([, state], at) => at >= excess || !isOver(state)));
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const hub = new HubClient();
