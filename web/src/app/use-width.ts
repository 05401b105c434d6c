import { useSyncExternalStore } from "react";

/** Whether the window is at least this wide. */
export function useWidth(atLeast: string): boolean {
  const query = matchMedia(`(min-width: ${atLeast})`);
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}
