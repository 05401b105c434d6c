import { create } from "zustand";

const stored = "sluice.drafts";

function read(): Record<string, string> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(stored) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

interface Drafts {
  drafts: Record<string, string>;
  /** Counts how often a text was put into a composer to be edited there. */
  asked: number;
}

const useDrafts = create<Drafts>(() => ({ drafts: read(), asked: 0 }));

/** What was typed but not sent, by session ("new" for the first page); it survives a reload. */
export function useDraft(place: string): [string, (text: string) => void] {
  const text = useDrafts(({ drafts }) => drafts[place] ?? "");
  return [text, (next) => setDraft(place, next)];
}

export function draftOf(place: string): string {
  return useDrafts.getState().drafts[place] ?? "";
}

export function setDraft(place: string, text: string): void {
  const { [place]: _, ...others } = useDrafts.getState().drafts;
  const drafts = text === "" ? others : { ...others, [place]: text };
  useDrafts.setState({ drafts });
  localStorage.setItem(stored, JSON.stringify(drafts));
}

/** Puts a text into a composer and the focus with it. */
export function editDraft(place: string, text: string): void {
  setDraft(place, text);
  useDrafts.setState(({ asked }) => ({ asked: asked + 1 }));
}

export function useAsked(): number {
  return useDrafts(({ asked }) => asked);
}

const grounding = "sluice.use-library";

export const useGrounding = create<{ on: boolean }>(() => ({ on: localStorage.getItem(grounding) !== "off" }));

export function setGrounding(on: boolean): void {
  localStorage.setItem(grounding, on ? "on" : "off");
  useGrounding.setState({ on });
}
