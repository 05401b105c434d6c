import { Check, Copy, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Task, Turn } from "~/api/types";
import { formatDuration } from "~/i18n/format";
import { IconButton } from "~/ui/Button";
import { useCopy } from "~/ui/use-copy";
import { useTask } from "./queries";
import { type Version, VersionPager } from "./VersionPager";

interface Props {
  turn: Turn;
  text: string;
  last: boolean;
  again: boolean;
  version: Version;
  onAskAgain(): void;
}

/** Its other versions, copy and ask again; for the last answer also who answered, how long it waited and took. */
export function AnswerFooter({ turn, text, last, again, version, onAskAgain }: Props) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  const { data: task } = useTask(last ? turn.task_id : null);
  const facts = useFacts(task);
  if (text === "" && facts === "" && version.of < 2) return null;
  return (
    <div className="mt-1.5 -ml-2 flex flex-wrap items-center gap-0.5 text-muted">
      <VersionPager {...version} />
      {text !== "" && (
        <IconButton label={copied ? t("app.copied") : t("chat.copyAnswer")} onClick={() => void copy(text)}>
          {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
        </IconButton>
      )}
      {again && turn.status !== "failed" && (
        <IconButton label={t("chat.regenerate")} onClick={onAskAgain}>
          <RotateCcw size={15} aria-hidden />
        </IconButton>
      )}
      {facts !== "" && <span className="pl-1.5 text-xs tabular-nums">{facts}</span>}
    </div>
  );
}

function useFacts(task: Task | undefined): string {
  const { t, i18n } = useTranslation();
  if (task === undefined || task.started_at === null || task.finished_at === null) return "";
  const [created, started, finished] = [task.created_at, task.started_at, task.finished_at].map((at) => Date.parse(at));
  const waited = (started ?? 0) - (created ?? 0);
  const took = (finished ?? 0) - (started ?? 0);
  return [
    task.model,
    waited >= 1000 ? t("chat.waited", { time: formatDuration(waited, i18n.language) }) : null,
    t("chat.took", { time: formatDuration(took, i18n.language) }),
  ]
    .filter((fact) => fact !== null)
    .join(" · ");
}
