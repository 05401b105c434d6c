import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** For the button that something opens in the place of: it gets the focus back when that is closed. */
export function useFocusBack(open: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const was = useRef(open);
  useLayoutEffect(() => {
    if (was.current && !open) button.current?.focus();
    was.current = open;
  }, [open]);
  return button;
}

/**
 * For an element out of which buttons and fields go away when they are used: who used one by keyboard goes on from
 * `to` in it, and not from the top of the page.
 */
export function useFocusKept<T extends HTMLElement>(to: string): RefObject<T | null> {
  const place = useRef<T>(null);
  useEffect(() => {
    const within = place.current;
    if (within === null) return;
    let last: Element | null = null;
    const onFocus = ({ target }: FocusEvent) => {
      last = target instanceof Element && target.matches(":focus-visible") ? target : null;
    };
    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) within.querySelector<HTMLElement>(to)?.focus({ preventScroll: true });
    });
    within.addEventListener("focusin", onFocus);
    observer.observe(within, { childList: true, subtree: true });
    return () => {
      within.removeEventListener("focusin", onFocus);
      observer.disconnect();
    };
  }, [to]);
  return place;
}
