import { useEffect } from "react";
import { create } from "zustand";

export const usePageTitle = create<{ title: string }>(() => ({ title: "" }));

/** Names the page, in the top bar and the browser's tab. */
export function PageTitle({ children }: { children: string }) {
  useEffect(() => usePageTitle.setState({ title: children }), [children]);
  return null;
}
