import { create } from "zustand";

const useSaid = create<{ text: string }>(() => ({ text: "" }));

/** Says something to screen readers without moving the focus. */
export function announce(text: string): void {
  useSaid.setState({ text: "" });
  setTimeout(() => useSaid.setState({ text }), 50);
}

export function LiveRegion() {
  const text = useSaid((said) => said.text);
  return (
    <div role="log" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
