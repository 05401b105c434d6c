import { create } from "zustand";

/** A passage to read: of a document, or of a web page. `n` is its number in the text that cites it. */
export interface Passage {
  n?: number;
  document_id?: string | null;
  url?: string | null;
  title: string;
  passage: string;
  locator?: Record<string, unknown> | null;
}

export const usePassage = create<{ passage: Passage | null }>(() => ({ passage: null }));

export function openPassage(passage: Passage): void {
  usePassage.setState({ passage });
}

export function closePassage(): void {
  usePassage.setState({ passage: null });
}
