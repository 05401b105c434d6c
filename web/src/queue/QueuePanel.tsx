import { PauseCircle, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Queue, QueueItem } from "~/api/types";
import { IconButton } from "~/ui/Button";
import { Loading, LoadError } from "~/ui/Empty";
import { useFocusKept } from "~/ui/use-focus-back";
import { LineControls } from "./LineControls";
import { QueueRow } from "./QueueRow";
import { useQueue } from "./queries";
import { Slots } from "./Slots";

/** Everything that works in the background: what runs, the line, and apart from both the documents being read. */
export function QueuePanel({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { data: queue, error, isPending, refetch } = useQueue();
  const panel = useFocusKept<HTMLDivElement>("[role=region]");
  return (
    <div ref={panel} className="flex h-full flex-col">
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line pr-2 pl-5">
        <h2 className="flex-1 font-semibold">{t("queue.title")}</h2>
        <IconButton label={t("queue.close")} onClick={onClose}>
          <X size={18} aria-hidden />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto pb-6" tabIndex={0} role="region" aria-label={t("queue.title")}>
        {queue !== undefined ? <Lists queue={queue} /> : isPending ? <Loading /> : null}
        {queue === undefined && error !== null && <LoadError error={error} onRetry={() => void refetch()} />}
      </div>
    </div>
  );
}

function Lists({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const { active, waiting, ingest } = queue;
  const reading = [...ingest.active, ...ingest.waiting];
  const documents = ingest.active.length + ingest.size;
  return (
    <>
      <Slots used={active.length} limit={queue.limit} />
      <LineControls queue={queue} />
      {queue.paused && (
        <p className="mx-4 mb-2 flex gap-2.5 rounded-xl border border-warn-line bg-warn-soft px-3.5 py-2.5 text-sm">
          <PauseCircle size={18} className="mt-0.5 shrink-0 text-warn" aria-hidden />
          {t("queue.paused")}
        </p>
      )}
      {active.length === 0 && waiting.length === 0 && !queue.paused && (
        <p className="px-5 pb-2 text-sm text-muted">{t("queue.idle")}</p>
      )}
      <Group title={t("queue.active")} items={active} />
      <Group title={t("queue.waiting")} items={waiting} count={queue.size} numbered linePaused={queue.paused} />
      <Group title={t("queue.ingest")} hint={t("queue.ingestHint")} items={reading} count={documents} />
    </>
  );
}

interface GroupProps {
  title: string;
  hint?: string;
  items: QueueItem[];
  /** How many there are, when not all of them are items. */
  count?: number;
  numbered?: boolean;
  linePaused?: boolean;
}

function Group({ title, hint, items, count = items.length, numbered = false, linePaused = false }: GroupProps) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  const List = numbered ? "ol" : "ul";
  return (
    <section className="mt-4" aria-label={title}>
      <h3 className="flex items-baseline gap-2 px-5 pb-1 text-[0.8125rem] font-medium text-muted">
        {title}
        <span className="tabular-nums">{count}</span>
      </h3>
      {hint !== undefined && <p className="-mt-0.5 px-5 pb-1 text-xs text-muted">{hint}</p>}
      <List className="px-2">
        {items.map((item) => (
          <QueueRow
            key={item.task_id}
            item={item}
            movable={numbered && item.mine}
            linePaused={linePaused}
          />
        ))}
      </List>
      {count > items.length && (
        <p className="px-5 pt-1 text-sm text-muted">{t("queue.more", { count: count - items.length })}</p>
      )}
    </section>
  );
}
