import { CircleAlert, CircleStop, RotateCcw } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { isUnfinished, type Turn } from "~/api/types";
import type { TaskState } from "~/hub/fold";
import { useTaskStream } from "~/hub/use-task-stream";
import { LazyMarkdown } from "~/markdown/lazy";
import { Button } from "~/ui/Button";
import { AnswerFooter } from "./AnswerFooter";
import { Pending } from "./Pending";
import { useTask } from "./queries";
import { Reasoning } from "./Reasoning";
import type { Version } from "./VersionPager";

interface Props {
  turn: Turn;
  /** The task holds a slot, or is about to: its stream is followed. */
  followed: boolean;
  running: boolean;
  last: boolean;
  /** Whether asking again is offered for an answer that did not fail. */
  again: boolean;
  version: Version;
  onAskAgain(): void;
}

export const Answer = memo(function Answer({ turn, followed, running, last, again, version, onAskAgain }: Props) {
  const { t } = useTranslation();
  const open = isUnfinished(turn.status);
  const live = useTaskStream(turn.task_id, open && followed);
  const streamed = open ? live : undefined;
  const text = streamed?.text ?? turn.content;
  const status = streamed === undefined ? turn.status : statusOf(streamed, turn);
  const citations = open && live ? live.citations : turn.citations;
  const over = !isUnfinished(status);

  return (
    <div data-testid="answer" data-status={status}>
      <h2 className="sr-only">{t("chat.assistant")}</h2>
      {live !== undefined && live.reasoning !== "" && <Reasoning text={live.reasoning} thinking={text === "" && !over} />}
      {!over && text === "" && <Pending taskId={turn.task_id} live={live} running={running} />}
      {text !== "" && <LazyMarkdown text={text} citations={citations} streaming={!over} />}
      {!over && live !== undefined && live.attempt > 1 && <Note>{t("chat.interrupted")}</Note>}
      {status === "cancelled" && <Note stopped>{text === "" ? t("chat.stoppedEmpty") : t("chat.stopped")}</Note>}
      {status === "failed" && <Failure turn={turn} live={live} onAskAgain={onAskAgain} />}
      {over && <AnswerFooter turn={turn} text={text} last={last} again={again} version={version} onAskAgain={onAskAgain} />}
    </div>
  );
});

function statusOf(live: TaskState, turn: Turn): Turn["status"] {
  if (live.phase === "completed" || live.phase === "failed" || live.phase === "cancelled") return live.phase;
  return live.phase === "running" ? "running" : turn.status;
}

function Note({ stopped = false, children }: { stopped?: boolean; children: React.ReactNode }) {
  return (
    <p className="mt-2 flex items-center gap-2 text-sm text-muted">
      {stopped && <CircleStop size={16} className="shrink-0" aria-hidden />}
      {children}
    </p>
  );
}

function Failure({ turn, live, onAskAgain }: { turn: Turn; live: TaskState | undefined; onAskAgain(): void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data: task } = useTask(turn.task_id);
  const error = live?.error ?? task?.error ?? null;
  const details = error?.code.startsWith("model_") ? detailsOf(error) : "";
  return (
    <div role="alert" className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-danger-soft py-2 pr-2 pl-4 text-sm">
      <CircleAlert size={18} className="shrink-0 text-danger" aria-hidden />
      <span className="min-w-48 flex-1 py-1">
        {error === null ? t("chat.failed") : errorText(error)}
        {details !== "" && (
          <span className="block text-xs text-muted" lang="en">
            {details}
          </span>
        )}
      </span>
      <Button size="small" onClick={onAskAgain}>
        <RotateCcw size={14} aria-hidden />
        {t("chat.askAgain")}
      </Button>
    </div>
  );
}

/** What a server's message adds to the sentence above it: of a refusal only the status and the model server's words. */
function detailsOf({ code, message }: { code: string; message: string }): string {
  const refusal = /^[^:(]*(?:\((HTTP \d+)\))?(?:: (.+)|\.)$/s.exec(message);
  if (code !== "model_refused" || refusal === null) return message;
  return refusal.slice(1).filter(Boolean).join(": ");
}
