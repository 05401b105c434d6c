import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** So near the end, in pixels, that it counts as the end. */
const near = 70;

interface FollowEnd {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atEnd: boolean;
  toEnd(): void;
}

/** Keeps a scroller at its end while what is in it grows, from when the reader comes to the end until they scroll up. */
export function useFollowEnd(): FollowEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  useLayoutEffect(() => {
    const [box, inside] = [scroller.current, content.current];
    if (box === null || inside === null) return;
    let last = box.scrollTop;
    let ours = false;
    const gap = () => box.scrollHeight - box.clientHeight - box.scrollTop;
    const look = () => {
      const top = box.scrollTop;
      if (top < last - 1 && gap() > 1) following.current = false;
      else if (top > last && gap() <= near) following.current = true;
      last = top;
      setAtEnd(following.current || gap() <= near);
    };
    // Called between layout and paint, so growing and scrolling are one frame, and nothing is laid out twice.
    const observer = new ResizeObserver(() => {
      look();
      if (!following.current || isSelecting(box)) return;
      box.scrollTop = box.scrollHeight;
      ours ||= box.scrollTop !== last;
      last = box.scrollTop;
    });
    // Looking here would lay out what came since; after a scroll of ours the observer does it at the next growth.
    const onScroll = () => {
      if (!ours) look();
      ours = false;
    };
    // Before the browser has begun to scroll, since following meanwhile would cancel it.
    const onWheel = ({ deltaY, ctrlKey }: WheelEvent) => {
      if (deltaY < 0 && !ctrlKey && box.scrollTop > 0) following.current = false;
    };
    // A fast answer has grown on before the browser arrives at the end.
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "End") following.current = true;
    };
    observer.observe(inside);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    box.addEventListener("wheel", onWheel, { passive: true });
    box.addEventListener("keydown", onKey);
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
      box.removeEventListener("wheel", onWheel);
      box.removeEventListener("keydown", onKey);
    };
  }, []);

  const toEnd = useCallback(() => {
    following.current = true;
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);

  return { scroller, content, atEnd, toEnd };
}

let pressed = false;
addEventListener("pointerdown", () => (pressed = true));
addEventListener("pointerup", () => (pressed = false));
addEventListener("pointercancel", () => (pressed = false));

function isSelecting(box: HTMLElement): boolean {
  if (!pressed) return false;
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && box.contains(selection.anchorNode);
}
