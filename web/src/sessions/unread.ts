import { create } from "zustand";

const stored = "sluice.unread";

function read(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(stored) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

interface Unread {
  ids: string[];
  /** The session on screen; an answer that ends there is read at once. */
  onScreen: string | null;
}

export const useUnread = create<Unread>(() => ({ ids: read(), onScreen: null }));

function keep(ids: string[]): void {
  localStorage.setItem(stored, JSON.stringify(ids.slice(-200)));
  useUnread.setState({ ids });
}

/** Marks a session as holding a new answer. Returns false when the person is looking at it. */
export function markUnread(id: string): boolean {
  const { ids, onScreen } = useUnread.getState();
  if (onScreen === id && document.visibilityState === "visible") return false;
  if (!ids.includes(id)) keep([...ids, id]);
  return true;
}

export function markRead(id: string): void {
  const { ids } = useUnread.getState();
  if (ids.includes(id)) keep(ids.filter((other) => other !== id));
}

// Another tab read or received something.
addEventListener("storage", (event) => event.key === stored && useUnread.setState({ ids: read() }));
