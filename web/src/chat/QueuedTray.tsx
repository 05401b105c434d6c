import { Send } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { Button } from "~/ui/Button";
import { toast } from "~/ui/Toast";
import type { Exchange } from "./exchanges";
import { QueuedRow } from "./QueuedRow";
import { useResumeSession } from "./queries";

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
      <ul className="flex max-h-56 flex-col gap-1.5 overflow-y-auto">
        {queued.map((exchange) => (
          <QueuedRow key={exchange.answer.turn_index} exchange={exchange} sessionId={sessionId} />
        ))}
      </ul>
    </section>
  );
}
