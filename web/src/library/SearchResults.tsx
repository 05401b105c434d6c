import { useTranslation } from "react-i18next";
import type { Hit } from "~/api/types";
import { formatLocator } from "~/i18n/format";
import { Empty, Loading, LoadError } from "~/ui/Empty";
import { marked } from "./marked-words";
import { openPassage } from "./open-passage";
import { useSearch } from "./queries";

export function SearchResults({ q }: { q: string }) {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useSearch(q);
  if (isPending) return <Loading />;
  if (data === undefined) return <LoadError error={error} onRetry={() => void refetch()} />;
  if (data.items.length === 0) return <Empty title={t("library.noHits", { q })} />;
  return (
    <section aria-label={t("library.hits", { count: data.items.length })} className="mt-4">
      <p className="mb-1 text-[0.8125rem] text-muted" role="status">
        {t("library.hits", { count: data.items.length })}
      </p>
      <ul className="-mx-3">
        {data.items.map((hit) => (
          <HitRow key={hit.passage_id} hit={hit} q={q} />
        ))}
      </ul>
    </section>
  );
}

function HitRow({ hit, q }: { hit: Hit; q: string }) {
  const { t } = useTranslation();
  const place = formatLocator(hit.locator, t);
  return (
    <li>
      <button
        type="button"
        className="w-full rounded-xl px-3 py-3 text-left transition-colors hover:bg-hover"
        onClick={() => openPassage({ ...hit, passage: hit.content })}
      >
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{hit.title}</span>
          {place !== "" && <span className="text-[0.8125rem] text-muted">{place}</span>}
        </span>
        <span className="mt-0.5 line-clamp-3 text-sm text-muted">
          {marked(hit.content, q).map(({ text, found }, at) =>
            found ? (
              <mark key={at} className="rounded-sm bg-mark text-ink">
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </span>
      </button>
    </li>
  );
}
