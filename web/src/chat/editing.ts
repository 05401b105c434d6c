import { create } from "zustand";
import { editDraft, draftOf } from "./drafts";

/** What waits and is being edited here, one at a time; `text` is as far as it was typed. */
export interface Edit {
  taskId: string;
  /** Whose composer gets the text back when the task starts meanwhile: a session's id, or "research". */
  place: string;
  before: string;
  text: string;
}

export const useEdit = create<{ edit: Edit | null }>(() => ({ edit: null }));

export function beginEdit(taskId: string, place: string, text: string): void {
  useEdit.setState({ edit: { taskId, place, before: text, text } });
}

export function typeEdit(text: string): void {
  useEdit.setState(({ edit }) => ({ edit: edit && { ...edit, text } }));
}

export function endEdit(): void {
  useEdit.setState({ edit: null });
}

/**
 * Ends an edit that came too late: what was typed goes into the composer, below what stands there.
 * Returns false when nothing was changed, and so nothing has to be kept.
 */
export function giveBack(): boolean {
  const { edit } = useEdit.getState();
  endEdit();
  if (edit === null || edit.text.trim() === "" || edit.text === edit.before) return false;
  const draft = draftOf(edit.place);
  editDraft(edit.place, draft.trim() === "" ? edit.text : `${draft}\n\n${edit.text}`);
  return true;
}
