import { emptyTask, fold, isOver, type TaskState } from "./fold";
import type { Request, Source } from "./follow";
import type { FeedEvent, Link } from "./protocol";

interface TaskPlace {
  get(): TaskState;
  set(state: TaskState): void;
  broken(broken: boolean): void;
  ended(): void;
}

/** `/stream/<task_id>`: everything so far at first, afterwards only what comes after the last event folded in. */
export function taskSource(taskId: string, place: TaskPlace): Source {
  return {
    request(): Request {
      const url = `/stream/${encodeURIComponent(taskId)}`;
      const { lastSeq } = place.get();
      return lastSeq > 0
        ? { url, headers: { "Last-Event-ID": String(lastSeq) } }
        : { url: `${url}?replay=snapshot`, headers: {} };
    },
    onOpen: () => place.broken(false),
    onBroken: () => place.broken(true),
    onFrame({ event, id, data }) {
      const seq = id === null || id === "" ? null : Number(id);
      const before = place.get();
      const after = fold(before, { event, id: seq, data: JSON.parse(data) });
      if (after !== before) place.set(after);
      return isOver(after);
    },
    onEnd(end) {
      const state = place.get();
      // 204 without a terminal event of ours: the cursor was beyond it, so everything is read again, once.
      if (end === "empty" && state.lastSeq > 0) place.set(emptyTask(taskId));
      else if (end !== "done") place.set({ ...state, phase: "gone" });
      place.ended();
    },
  };
}

interface FeedPlace {
  link(link: Link): void;
  fresh(): void;
  change(change: FeedEvent): void;
}

/**
 * `/events`: what changed for this person. A connection that just broke goes on after the last news; the tabs read
 * anew when the server says so, and when it was away, since a process that was killed may have taken news along.
 */
export function feedSource(place: FeedPlace): Source {
  let cursor: string | null = null;
  let broken = 0;
  return {
    request(): Request {
      return { url: "/events", headers: cursor === null ? {} : { "Last-Event-ID": cursor } };
    },
    onOpen() {
      place.link("open");
      if (cursor !== null && broken > 1) place.fresh();
      broken = 0;
    },
    onBroken() {
      broken++;
      place.link("retrying");
    },
    onFrame({ event, id, data }) {
      if (id) cursor = id;
      if (event === "feed.reset") place.fresh();
      else if (event !== "stream.closing") place.change({ event, data: JSON.parse(data) });
      return false;
    },
    onEnd: (end) => place.link(end === "signed-out" ? "signed-out" : "retrying"),
  };
}
