import { useTranslation } from "react-i18next";
import { Button } from "~/ui/Button";
import { Loading, LoadError } from "~/ui/Empty";
import { useFoundSessions } from "./queries";
import { SessionRow } from "./SessionRow";

/** What a search found among all of one's chats, with the words around where they stand. */
export function FoundSessions({ q, onNavigate }: { q: string; onNavigate(): void }) {
  const { t } = useTranslation();
  const found = useFoundSessions(q);
  const all = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (found.isPending) return <Loading />;
  if (found.isError && all.length === 0) return <LoadError error={found.error} onRetry={() => void found.refetch()} />;
  if (all.length === 0) return <p className="px-3 py-4 text-sm text-muted">{t("sessions.noMatch")}</p>;
  return (
    <>
      <p role="status" className="px-3 pt-3 pb-1 text-xs font-medium text-muted">
        {found.hasNextPage ? t("sessions.title") : t("sessions.found", { count: all.length })}
      </p>
      <ul>
        {all.map((session) => (
          <SessionRow key={session.id} session={session} wanted={q} onNavigate={onNavigate} />
        ))}
      </ul>
      {found.hasNextPage && (
        <Button kind="quiet" size="small" className="mt-2 w-full" onClick={() => void found.fetchNextPage()}>
          {t("sessions.moreSessions")}
        </Button>
      )}
    </>
  );
}
