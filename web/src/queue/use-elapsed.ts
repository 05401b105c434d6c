import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "~/i18n/format";

/** How long something has been running, in words, told anew every second; null when it has not started. */
export function useElapsed(startedAt: string | null): string | null {
  const { i18n } = useTranslation();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (startedAt === null) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [startedAt]);
  if (startedAt === null) return null;
  const seconds = Math.max(0, Math.floor((now - Date.parse(startedAt)) / 1_000));
  return formatDuration(seconds * 1_000, i18n.language);
}
