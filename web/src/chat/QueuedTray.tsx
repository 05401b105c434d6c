import { Pencil, Send, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { useQueueItem } from "~/queue/queries";
import { Button, IconButton } from "~/ui/Button";
import { toast } from "~/ui/Toast";
import { editDraft } from "./drafts";
import type { Exchange } from "./exchanges";
import { useWaitWords } from "./Pending";
import { useCancelTask, useResumeSession } from "./queries";

interface Props {
  sessionId: string;
  queued: Exchange[];
  paused: boolean;
}

/** Messages that wait behind the one being answered. They are the server's, so they survive a reload. */
export function QueuedTray({ sessionId, queued, paused }: Props) {
  const { t } = useTranslation();
  const resume = useResumeSession();
  const errorText = useErrorText();
  if (queued.length === 0) return null;
  return (
    <section aria-label={t("chat.queued")} className="mb-2 px-1">
      <header className="flex min-h-9 items-center gap-2 px-1 text-[0.8125rem] text-muted">
        <span className="flex-1">{paused ? t("chat.queuedPaused") : t("chat.queuedHint")}</span>
        {paused && (
          <Button
            kind="primary"
            size="small"
            disabled={resume.isPending}
            onClick={() => resume.mutate(sessionId, { onError: (error) => toast(errorText(error), { bad: true }) })}
          >
            <Send size={14} aria-hidden />
            {t("chat.sendQueued", { count: queued.length })}
          </Button>
        )}
      </header>
      <ul className="flex max-h-48 flex-col gap-1.5 overflow-y-auto">
        {queued.map((exchange) => (
          <QueuedRow key={exchange.answer.turn_index} exchange={exchange} sessionId={sessionId} />
        ))}
      </ul>
    </section>
  );
}

function QueuedRow({ exchange, sessionId }: { exchange: Exchange; sessionId: string }) {
  const { t } = useTranslation();
  const cancel = useCancelTask();
  const errorText = useErrorText();
  const taskId = exchange.answer.task_id;
  const item = useQueueItem(taskId);
  const words = useWaitWords(item);
  const content = exchange.question?.content ?? "";

  function withdraw(after?: () => void): void {
    if (taskId === null) return;
    cancel.mutate({ taskId }, { onSuccess: after, onError: (error) => toast(errorText(error), { bad: true }) });
  }

  return (
    <li className="flex items-center gap-1 rounded-xl border border-dashed border-line-strong bg-surface py-1 pr-1 pl-3">
      <span className="min-w-0 flex-1">
        <span className="line-clamp-1 text-sm">{content}</span>
        {words !== null && <span className="block truncate text-xs text-muted">{words}</span>}
      </span>
      <IconButton
        label={t("chat.edit")}
        disabled={cancel.isPending}
        onClick={() => withdraw(() => editDraft(sessionId, content))}
      >
        <Pencil size={15} aria-hidden />
      </IconButton>
      <IconButton label={t("chat.remove")} disabled={cancel.isPending} onClick={() => withdraw()}>
        <X size={16} aria-hidden />
      </IconButton>
    </li>
  );
}
