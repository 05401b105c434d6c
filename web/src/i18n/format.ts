import type { TFunction } from "i18next";

/** A length of time for people: "4s", "2m 5s", "1h 3m" in the language's own units. */
export function formatDuration(ms: number, language: string): string {
  const seconds = Math.max(0, ms / 1000);
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, {
      style: "unit",
      unit: name,
      unitDisplay: "narrow",
      maximumFractionDigits: name === "second" && seconds < 10 ? 1 : 0,
    }).format(value);
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${unit(minutes, "minute")} ${unit(Math.floor(seconds % 60), "second")}`;
  return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
}

/** "12.3 MB" of 1024 kB each, the way upload limits are set. */
export function formatBytes(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[power],
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: power > 0 && value < 10 ? 1 : 0,
  })
    .format(value)
    .replace(" ", "\u00a0");
}

export function formatPercent(fraction: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(fraction);
}

/** The time of day for today, the date for any other day. */
export function formatWhen(iso: string, language: string, now = new Date()): string {
  const date = new Date(iso);
  const today = date.toDateString() === now.toDateString();
  const style: Intl.DateTimeFormatOptions = today
    ? { hour: "numeric", minute: "2-digit" }
    : { year: date.getFullYear() === now.getFullYear() ? undefined : "numeric", month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(language, style).format(date);
}

export function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Where in a document a passage stands: "page 3 · Heading", as much as is known. */
export function formatLocator(locator: Record<string, unknown> | null | undefined, t: TFunction): string {
  const page = locator?.page;
  const heading = locator?.heading;
  const parts = [
    typeof page === "number" ? t("library.page", { page }) : null,
    typeof heading === "string" && heading !== "" ? heading : null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}
