import type { KeyboardEvent } from "react";

/**
 * Whether this key press means "send". With Shift, Enter begins a new line. While an input method composes it picks a
 * word; Safari reports the Enter that closes a composition as key code 229.
 */
export function isPlainEnter(event: KeyboardEvent): boolean {
  const composing = event.nativeEvent.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !composing;
}
