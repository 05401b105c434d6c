import { Tooltip } from "radix-ui";
import { createContext, type ReactNode, useContext } from "react";
import { useTranslation } from "react-i18next";
import type { Citation } from "~/hub/fold";
import { formatLocator } from "~/i18n/format";
import { openPassage } from "~/library/open-passage";

export const CitationsContext = createContext<Citation[]>([]);

/** `[n]` in the text: a preview on hover and focus, the whole passage on click. `children`: how it was written. */
export function CitationChip({ n, children }: { n: number; children: ReactNode }) {
  const { t } = useTranslation();
  const citation = useContext(CitationsContext).find((source) => source.n === n);
  if (citation === undefined) return children;
  const place = formatLocator(citation.locator, t);
  return (
    <Tooltip.Provider delayDuration={250}>
      <Tooltip.Root>
        <Tooltip.Trigger asChild>
          <button
            type="button"
            className="chip"
            data-cite={n}
            aria-label={t("citation.chip", { n, title: citation.title })}
            onClick={() => openPassage(citation)}
          >
            {n}
          </button>
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            sideOffset={6}
            collisionPadding={12}
            className="z-40 max-w-xs animate-rise rounded-xl border border-line bg-surface p-3.5 text-sm shadow-float"
          >
            <span className="block font-medium">{citation.title}</span>
            {place !== "" && <span className="block text-xs text-muted">{place}</span>}
            <span className="mt-1.5 line-clamp-5 text-muted">{citation.passage}</span>
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
