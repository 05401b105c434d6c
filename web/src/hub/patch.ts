import type { TaskState } from "./fold";
import type { FromHub, Patch } from "./protocol";

/** What brings a tab from `before` to `after`: nothing, a patch, or the whole state when the text did not just grow. */
export function diff(before: TaskState | undefined, after: TaskState): FromHub | null {
  if (before === after) return null;
  if (before === undefined || !after.text.startsWith(before.text)) return { type: "state", state: after };
  const { taskId, text: _, ...fields } = after;
  const changed = Object.entries(fields).filter(([key, value]) => before[key as keyof TaskState] !== value);
  const base = before.text.length;
  const rest = Object.fromEntries(changed) as Patch["rest"];
  return { type: "patch", patch: { taskId, base, append: after.text.slice(base), rest } };
}

/** The patched state, or null when the patch does not fit what this tab holds, and the whole is needed. */
export function applyPatch(state: TaskState | undefined, { base, append, rest }: Patch): TaskState | null {
  if (state === undefined || state.text.length !== base) return null;
  return { ...state, ...rest, text: append === "" ? state.text : state.text + append };
}
