import { create } from "zustand";

const stored = "sluice.queue-open";
const wideEnough = "(min-width: 1180px)";

/** Whether the queue stands beside the page (wide screens) or over it (narrow ones). It starts closed when narrow. */
export const useQueueOpen = create<{ open: boolean }>(() => ({
  open: isWide() && localStorage.getItem(stored) !== "no",
}));

export function isWide(): boolean {
  return matchMedia(wideEnough).matches;
}

/** A window that becomes narrow has no place beside the page, and nobody asked for the queue over it. */
matchMedia(wideEnough).addEventListener("change", ({ matches }) => {
  useQueueOpen.setState({ open: matches && localStorage.getItem(stored) !== "no" });
});

export function toggleQueue(): void {
  setQueueOpen(!useQueueOpen.getState().open);
}

export function setQueueOpen(open: boolean): void {
  if (isWide()) localStorage.setItem(stored, open ? "yes" : "no");
  useQueueOpen.setState({ open });
}
