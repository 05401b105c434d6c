import { create } from "zustand";

export type Theme = "system" | "light" | "dark";

const stored = "sluice.theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

function read(): Theme {
  const choice = localStorage.getItem(stored);
  return choice === "light" || choice === "dark" ? choice : "system";
}

export const useTheme = create<{ theme: Theme }>(() => ({ theme: read() }));

function show(): void {
  const { theme } = useTheme.getState();
  const dark = theme === "dark" || (theme === "system" && systemDark.matches);
  atOnce(() => (document.documentElement.dataset.theme = dark ? "dark" : "light"));
  const canvas = getComputedStyle(document.documentElement).getPropertyValue("--canvas");
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", canvas);
}

/** Changes colours without a transition: else each part of the page would fade by itself, some long after others. */
function atOnce(change: () => void): void {
  const { dataset } = document.documentElement;
  dataset.still = "";
  change();
  void document.body?.offsetHeight;
  delete dataset.still;
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(stored, theme);
  useTheme.setState({ theme });
  show();
}

systemDark.addEventListener("change", show);
show();
