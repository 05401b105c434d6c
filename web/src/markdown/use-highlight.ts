import { useEffect, useMemo, useState } from "react";

type Highlight = typeof import("./highlight").highlight;

let loaded: Highlight | null = null;

/** Code as coloured HTML; null for a language that is not known, and until the colouring has been fetched. */
export function useHighlight(text: string, language: string): string | null {
  const [highlight, setHighlight] = useState<Highlight | null>(() => loaded);
  useEffect(() => {
    if (language === "" || highlight !== null) return;
    let current = true;
    void import("./highlight").then((module) => {
      loaded = module.highlight;
      if (current) setHighlight(() => module.highlight);
    });
    return () => {
      current = false;
    };
  }, [language, highlight]);
  return useMemo(() => highlight?.(text, language) ?? null, [highlight, text, language]);
}
