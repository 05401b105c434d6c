import { useEffect } from "react";
import { useUnread } from "~/sessions/unread";
import { usePageTitle } from "./PageTitle";

/** The browser tab: how many sessions hold a new answer, and which page this is. */
export function useTabTitle(): void {
  const title = usePageTitle((page) => page.title);
  const unread = useUnread(({ ids }) => ids.length);
  useEffect(() => {
    const count = unread > 0 ? `(${unread}) ` : "";
    document.title = `${count}${title === "" ? "" : `${title} · `}Sluice`;
  }, [title, unread]);
}
