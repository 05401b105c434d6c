import { emptyTask, isOver, type TaskState } from "./fold";
import { Flusher } from "./flusher";
import { type Following, follow } from "./follow";
import { diff } from "./patch";
import type { FromHub, Link, ToHub } from "./protocol";
import { feedSource, taskSource } from "./sources";

interface Tab {
  post(message: FromHub): void;
  watching: string[];
  visible: boolean;
  heard: number;
  /** It was away, so it was not told what came meanwhile. */
  missed: boolean;
  /** What this tab holds of each task it watches, as last posted. */
  sent: Map<string, TaskState>;
}

interface Stream {
  following: Following;
  broken: boolean;
}

/** A browser opens 6 HTTP/1.1 connections per origin for all its tabs: one feed, these, and one left for calls. */
const maxStreams = 4;
const flushEvery = 50;
const tabLease = 180_000;
const maxKept = 40;

/**
 * Holds one `/events` feed and one `/stream/<task_id>` per watched task, for any number of tabs.
 * It runs in a SharedWorker, or in the page where there is none. It remembers the text and cursor of each task,
 * so a late tab gets the whole state at once and a stream taken up again goes on where it was left.
 */
export class Hub {
  readonly #tabs = new Set<Tab>();
  readonly #states = new Map<string, TaskState>();
  readonly #streams = new Map<string, Stream>();
  readonly #fetch: typeof fetch;
  #feed: Following | null = null;
  #feedLink: Link = "connecting";
  #told: Link = "connecting";
  readonly #flusher = new Flusher(() => this.#flush(), flushEvery);

  constructor(fetcher: typeof fetch = (...request) => fetch(...request)) {
    this.#fetch = fetcher;
  }

  /** Takes a tab in; what it says is to be passed to the function that comes back. */
  attach(post: (message: FromHub) => void): (message: ToHub) => void {
    const tab: Tab = { post, watching: [], visible: true, heard: Date.now(), missed: false, sent: new Map() };
    return (message) => this.#receive(tab, message);
  }

  #receive(tab: Tab, message: ToHub): void {
    tab.heard = Date.now();
    switch (message.type) {
      case "hello":
        this.#takeIn(tab);
        tab.watching = message.watching;
        tab.visible = message.visible;
        for (const taskId of tab.sent.keys()) if (!tab.watching.includes(taskId)) tab.sent.delete(taskId);
        break;
      case "full":
        tab.sent.delete(message.taskId);
        break;
      case "retry":
        this.#feed?.hurry();
        for (const { following } of this.#streams.values()) following.hurry();
        return;
      case "bye":
        this.#letGo(tab);
        tab.sent.clear();
    }
    this.#reconcile();
    this.#flusher.now();
  }

  #takeIn(tab: Tab): void {
    if (this.#tabs.has(tab)) return;
    this.#tabs.add(tab);
    tab.post({ type: "link", link: this.#told });
    if (tab.missed && this.#feed !== null) tab.post({ type: "fresh" });
    tab.missed = false;
  }

  #letGo(tab: Tab): void {
    tab.missed ||= this.#tabs.delete(tab);
  }

  /** Opens what the tabs want and is not over, closes what nobody wants, visible tabs first. */
  #reconcile(): void {
    for (const tab of this.#tabs) if (Date.now() - tab.heard > tabLease) this.#letGo(tab);
    if (this.#tabs.size > 0) this.#feed ??= this.#followFeed();
    else this.#closeFeed();
    const tabs = [...this.#tabs].toSorted((a, b) => Number(b.visible) - Number(a.visible));
    const open = new Set(tabs.flatMap((tab) => tab.watching).filter((taskId) => !isOver(this.#state(taskId))));
    const wanted = [...open].slice(0, maxStreams);
    for (const [taskId, { following }] of this.#streams) {
      if (wanted.includes(taskId)) continue;
      following.stop();
      this.#streams.delete(taskId);
    }
    for (const taskId of wanted) {
      if (!this.#streams.has(taskId)) this.#streams.set(taskId, this.#followTask(taskId));
    }
    this.#forget();
    this.#tellLink();
  }

  #state(taskId: string): TaskState {
    let state = this.#states.get(taskId);
    if (state === undefined) this.#states.set(taskId, (state = emptyTask(taskId)));
    return state;
  }

  #forget(): void {
    const watched = new Set([...this.#tabs].flatMap((tab) => tab.watching));
    const idle = [...this.#states.values()].filter(({ taskId }) => !watched.has(taskId));
    const excess = idle.length - maxKept;
    idle.forEach((state, at) => (isOver(state) || at < excess) && this.#states.delete(state.taskId));
  }

  #followTask(taskId: string): Stream {
    const source = taskSource(taskId, {
      get: () => this.#state(taskId),
      set: (state) => this.#change(state),
      broken: (broken) => this.#mark(taskId, broken),
      ended: () => {
        this.#streams.delete(taskId);
        this.#reconcile();
      },
    });
    return { following: follow(source, this.#fetch), broken: false };
  }

  #mark(taskId: string, broken: boolean): void {
    const stream = this.#streams.get(taskId);
    if (stream !== undefined) stream.broken = broken;
    this.#tellLink();
  }

  #followFeed(): Following {
    const source = feedSource({
      link: (link) => this.#setFeed(link),
      fresh: () => this.#broadcast({ type: "fresh" }),
      change: (change) => this.#broadcast({ type: "feed", change }),
    });
    return follow(source, this.#fetch);
  }

  #closeFeed(): void {
    this.#feed?.stop();
    this.#feed = null;
    this.#feedLink = "connecting";
  }

  #setFeed(link: Link): void {
    this.#feedLink = link;
    this.#tellLink();
  }

  #tellLink(): void {
    const broken = [...this.#streams.values()].some((stream) => stream.broken);
    const link = this.#feedLink === "open" && broken ? "retrying" : this.#feedLink;
    if (link === this.#told) return;
    this.#told = link;
    this.#broadcast({ type: "link", link });
  }

  #broadcast(message: FromHub): void {
    for (const tab of this.#tabs) tab.post(message);
  }

  #change(state: TaskState): void {
    this.#states.set(state.taskId, state);
    this.#flusher.soon();
  }

  #flush(): void {
    for (const tab of this.#tabs) {
      for (const taskId of tab.watching) {
        const state = this.#states.get(taskId);
        if (state === undefined) continue;
        const message = diff(tab.sent.get(taskId), state);
        tab.sent.set(taskId, state);
        if (message !== null) tab.post(message);
      }
    }
  }
}
