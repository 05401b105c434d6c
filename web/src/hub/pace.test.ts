import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "./pace";

describe("Pace", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** How long after being asked for a second time it shows, when showing takes so long. */
  function secondAfter(took: number): number {
    const pace = new Pace();
    pace.next(() => {
      vi.advanceTimersByTime(took);
      pace.shown();
    });
    vi.advanceTimersByTime(40);
    const asked = performance.now();
    let shown = Number.NaN;
    pace.next(() => (shown = performance.now()));
    vi.advanceTimersByTime(500);
    return shown - asked;
  }

  it("shows after the next frame", () => {
    const show = vi.fn();
    new Pace().next(show);
    expect(show).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(show).toHaveBeenCalledOnce();
  });

  it("shows less often where it takes long, but never rarely", () => {
    expect(secondAfter(0)).toBeLessThan(40);
    expect(secondAfter(30)).toBeGreaterThan(secondAfter(0));
    expect(secondAfter(1_000)).toBeLessThan(180);
  });

  it("shows one after the other, and of several that wait the last", () => {
    const pace = new Pace();
    const shown: string[] = [];
    pace.next(() => shown.push("first"));
    vi.advanceTimersByTime(40);
    for (const word of ["second", "third"]) pace.next(() => shown.push(word));
    vi.advanceTimersByTime(100);
    expect(shown).toEqual(["first"]);
    pace.shown();
    vi.advanceTimersByTime(500);
    expect(shown).toEqual(["first", "third"]);
  });

  it("goes on where nobody says that it was shown", () => {
    const pace = new Pace();
    pace.next(() => {});
    vi.advanceTimersByTime(40);
    const second = vi.fn();
    pace.next(second);
    vi.advanceTimersByTime(500);
    expect(second).toHaveBeenCalledOnce();
  });

  it("shows where no frames are drawn", () => {
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    const show = vi.fn();
    new Pace().next(show);
    vi.advanceTimersByTime(1);
    expect(show).toHaveBeenCalledOnce();
  });
});
