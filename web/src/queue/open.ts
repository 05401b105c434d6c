import { create } from "zustand";

const stored = "sluice.queue-open";

/** Whether the queue stands beside the page (wide screens) or over it (narrow ones). It starts closed when narrow. */
export const useQueueOpen = create<{ open: boolean }>(() => ({
  open: isWide() && localStorage.getItem(stored) !== "no",
}));

export function isWide(): boolean {
  return matchMedia("(min-width: 1180px)").matches;
}

export function toggleQueue(): void {
  setQueueOpen(!useQueueOpen.getState().open);
}

export function setQueueOpen(open: boolean): void {
  if (isWide()) localStorage.setItem(stored, open ? "yes" : "no");
  useQueueOpen.setState({ open });
}
