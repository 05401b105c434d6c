import { beforeEach, describe, expect, it } from "vitest";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import type { Session } from "~/api/types";
import { byDay } from "./by-day";
import { dropSession, keepSession, type Pages } from "./queries";
import { markRead, markUnread, useUnread } from "./unread";

const session = (id: string, updated: string, title = id): Session => ({
  id,
  title,
  created_at: updated,
  updated_at: updated,
  active_task_id: null,
  queued_count: 0,
  paused: false,
});

const listed = () =>
  queryClient.getQueryData<Pages>(keys.sessions)?.pages.flatMap((page) => page.items.map(({ id }) => id));

describe("the list of sessions", () => {
  beforeEach(() => {
    const page = (items: Session[], next: string | null) => ({ items, next_cursor: next });
    const first = page([session("c", "2026-11-22T12:00:00Z"), session("b", "2026-11-22T11:00:00Z")], "x");
    const second = page([session("a", "2026-11-22T10:00:00Z")], null);
    queryClient.setQueryData<Pages>(keys.sessions, { pages: [first, second], pageParams: [undefined, "x"] });
  });

  it("moves a session with news to the top, from whichever page", () => {
    keepSession(session("a", "2026-11-22T13:00:00Z"));
    expect(listed()).toEqual(["a", "c", "b"]);
  });

  it("leaves the order alone for a new name", () => {
    keepSession(session("b", "2026-11-22T11:00:00Z", "renamed"));
    expect(listed()).toEqual(["c", "b", "a"]);
  });

  it("takes in a new session, and drops a deleted one", () => {
    keepSession(session("d", "2026-11-22T14:00:00Z"));
    dropSession("c");
    expect(listed()).toEqual(["d", "b", "a"]);
  });

  it("groups by day", () => {
    const now = new Date(2026, 10, 22, 12);
    const at = (...day: [number, number, number]) => session(day.join("-"), new Date(2026, ...day).toISOString());
    const groups = byDay([at(10, 22, 1), at(10, 21, 23), at(10, 18, 1), at(9, 1, 1)], now);
    expect(groups.map(([day]) => day)).toEqual(["today", "yesterday", "week", "earlier"]);
  });
});

describe("unread answers", () => {
  beforeEach(() => useUnread.setState({ ids: [], onScreen: null }));

  it("marks what is not on screen, once, and keeps it over a reload", () => {
    expect([markUnread("a"), markUnread("a")]).toEqual([true, true]);
    expect(useUnread.getState().ids).toEqual(["a"]);
    expect(localStorage.getItem("sluice.unread")).toBe('["a"]');
    markRead("a");
    expect(useUnread.getState().ids).toEqual([]);
  });

  it("does not mark the session being looked at", () => {
    useUnread.setState({ onScreen: "a" });
    expect(markUnread("a")).toBe(false);
    expect(useUnread.getState().ids).toEqual([]);
  });
});
