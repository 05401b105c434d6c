import { useTranslation } from "react-i18next";
import type { QueueItem } from "~/api/types";
import type { TaskState } from "~/hub/fold";
import { placeWords } from "~/queue/eta";
import { useQueue, useQueueItem } from "~/queue/queries";
import { useCalmPlace } from "~/queue/use-calm-place";
import { Spinner, Waiting } from "~/ui/Spinner";

interface Props {
  taskId: string | null;
  live: TaskState | undefined;
  running: boolean;
}

/** What stands where the answer will be: the place in the line, then a sign that the model has begun. */
export function Pending({ taskId, live, running }: Props) {
  const { t } = useTranslation();
  const item = useQueueItem(taskId);
  const words = useWaitWords(item, live);
  const started = running || live?.phase === "running";
  return (
    <p className="flex items-center gap-2.5 py-1 text-sm text-muted" data-testid="pending">
      {started ? <Spinner /> : <Waiting />}
      {started ? t("chat.thinking") : (words ?? t("chat.starting"))}
    </p>
  );
}

/** The place in the line in words; null while the task is not known to wait. */
export function useWaitWords(item: QueueItem | undefined, live?: TaskState): string | null {
  const { t } = useTranslation();
  const { data: queue } = useQueue();
  const told = item ? { position: item.position, etaS: item.eta_s } : live?.phase === "waiting" ? live : null;
  const place = useCalmPlace(told?.position ?? null, told?.etaS ?? null);
  if (told === null) return null;
  const words = placeWords(place, t, Boolean(item?.waits_for) || queue?.paused === true);
  if (queue?.paused === true) return `${words} · ${t("wait.linePaused")}`;
  return item?.waits_for ? `${words} · ${t(`wait.${item.waits_for}`)}` : words;
}
