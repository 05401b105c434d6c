import type { Session } from "~/api/types";

export type Day = "today" | "yesterday" | "week" | "earlier";

/** Sessions in groups by when they were last active, in the order they came. */
export function byDay(sessions: Session[], now = new Date()): [Day, Session[]][] {
  const groups = new Map<Day, Session[]>();
  for (const session of sessions) {
    const day = dayOf(new Date(session.updated_at), now);
    groups.set(day, [...(groups.get(day) ?? []), session]);
  }
  return [...groups];
}

function dayOf(date: Date, now: Date): Day {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const daysBefore = (days: number) => new Date(midnight).setDate(midnight.getDate() - days);
  if (date >= midnight) return "today";
  if (date.getTime() >= daysBefore(1)) return "yesterday";
  return date.getTime() >= daysBefore(6) ? "week" : "earlier";
}
