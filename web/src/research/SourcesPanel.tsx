import { CornerLeftUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Citation } from "~/hub/fold";
import { formatLocator } from "~/i18n/format";
import { openPassage } from "~/library/open-passage";
import { IconButton } from "~/ui/Button";
import { Segmented } from "~/ui/Segmented";

/** The sources of a report: all that were read, or those it cites. */
export function SourcesPanel({ citations, text }: { citations: Citation[]; text: string }) {
  const { t } = useTranslation();
  const [which, setWhich] = useState("all");
  const cited = citations.filter(({ n }) => text.includes(`[${n}]`));
  const shown = which === "cited" ? cited : citations;
  return (
    <aside className="mt-10 min-w-0 @min-[66rem]:mt-0" aria-label={t("research.sourcesPanel")}>
      <div className="@min-[66rem]:sticky @min-[66rem]:top-6">
        <header className="mb-2 flex items-center justify-between gap-3">
          <h3 className="font-semibold">{t("research.sourcesPanel")}</h3>
          <Segmented
            hideLegend
            legend={t("research.sourcesPanel")}
            value={which}
            onChange={setWhich}
            options={[
              ["all", `${t("research.all")} ${citations.length}`],
              ["cited", `${t("research.cited")} ${cited.length}`],
            ]}
          />
        </header>
        <ol className="@min-[66rem]:max-h-[calc(100dvh-11rem)] @min-[66rem]:overflow-y-auto" tabIndex={-1}>
          {shown.map((citation) => (
            <SourceRow key={citation.n} citation={citation} cited={cited.includes(citation)} />
          ))}
        </ol>
      </div>
    </aside>
  );
}

function SourceRow({ citation, cited }: { citation: Citation; cited: boolean }) {
  const { t } = useTranslation();
  const place = formatLocator(citation.locator, t) || hostOf(citation.url);
  return (
    <li className="flex items-start gap-1">
      <button
        type="button"
        className="flex min-w-0 flex-1 gap-3 rounded-xl px-2.5 py-2 text-left text-sm transition-colors hover:bg-hover"
        aria-label={t("citation.chip", { n: citation.n, title: citation.title })}
        onClick={() => openPassage(citation)}
      >
        <span className="w-5 shrink-0 text-right font-semibold text-accent tabular-nums">{citation.n}</span>
        <span className="min-w-0">
          <span className="line-clamp-2 font-medium">{citation.title}</span>
          {place !== "" && <span className="line-clamp-1 text-xs text-muted">{place}</span>}
          <span className="mt-0.5 line-clamp-2 text-[0.8125rem] text-muted">{citation.passage}</span>
        </span>
      </button>
      {cited && (
        <IconButton label={t("citation.back")} onClick={() => toText(citation.n)}>
          <CornerLeftUp size={15} aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

/** Scrolls to where the source is first cited, and puts the focus there. */
function toText(n: number): void {
  const chip = document.querySelector<HTMLElement>(`article [data-cite="${n}"]`);
  chip?.scrollIntoView({ block: "center", behavior: "smooth" });
  chip?.focus({ preventScroll: true });
}

function hostOf(url: string | null | undefined): string {
  try {
    return url ? new URL(url).hostname : "";
  } catch {
    return "";
  }
}
