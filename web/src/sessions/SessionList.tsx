import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDebounced } from "~/library/use-debounced";
import { Button } from "~/ui/Button";
import { Loading, LoadError } from "~/ui/Empty";
import { byDay } from "./by-day";
import { FoundSessions } from "./FoundSessions";
import { useSessions } from "./queries";
import { SessionRow } from "./SessionRow";

const fewest = 5;

export function SessionList({ onNavigate }: { onNavigate(): void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const q = useDebounced(typed.trim(), 250);
  const sessions = useSessions();
  const all = sessions.data?.pages.flatMap((page) => page.items) ?? [];
  const searching = typed.trim() !== "" && q !== "";

  return (
    <section aria-label={t("sessions.title")} className="flex min-h-0 flex-1 flex-col">
      {(all.length > fewest || typed !== "") && (
        <label className="mx-3 mb-1 flex h-10 shrink-0 items-center gap-2 rounded-lg border border-line bg-surface px-2.5 text-sm focus-within:border-accent md:h-9">
          <Search size={15} className="shrink-0 text-muted" aria-hidden />
          <input
            type="search"
            value={typed}
            maxLength={200}
            onChange={(event) => setTyped(event.target.value)}
            aria-label={t("sessions.search")}
            placeholder={t("sessions.search")}
            className="min-w-0 flex-1 bg-transparent outline-none"
          />
        </label>
      )}
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3" tabIndex={-1}>
        {searching ? (
          <FoundSessions q={q} onNavigate={onNavigate} />
        ) : (
          <>
            {sessions.isPending && <Loading />}
            {sessions.isError && all.length === 0 && (
              <LoadError error={sessions.error} onRetry={() => void sessions.refetch()} />
            )}
            {sessions.isSuccess && all.length === 0 && (
              <p className="px-3 py-4 text-sm text-muted">{t("sessions.none")}</p>
            )}
            {byDay(all).map(([day, items]) => (
              <section key={day} aria-label={t(`sessions.${day}`)}>
                <h3 className="px-3 pt-3 pb-1 text-xs font-medium text-muted">{t(`sessions.${day}`)}</h3>
                <ul>
                  {items.map((session) => (
                    <SessionRow key={session.id} session={session} onNavigate={onNavigate} />
                  ))}
                </ul>
              </section>
            ))}
            {sessions.hasNextPage && (
              <Button kind="quiet" size="small" className="mt-2 w-full" onClick={() => void sessions.fetchNextPage()}>
                {t("sessions.moreSessions")}
              </Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}
