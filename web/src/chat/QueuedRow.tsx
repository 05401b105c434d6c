import { Pencil, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { useQueueItem } from "~/queue/queries";
import { IconButton } from "~/ui/Button";
import { toast } from "~/ui/Toast";
import { useFocusBack } from "~/ui/use-focus-back";
import { EditWaiting } from "./EditWaiting";
import { beginEdit, useEdit } from "./editing";
import type { Exchange } from "./exchanges";
import { useWaitWords } from "./Pending";
import { useCancelTask } from "./queries";

/** One message that waits: what it says, where it stands; to be changed in place, or taken back. */
export function QueuedRow({ exchange, sessionId }: { exchange: Exchange; sessionId: string }) {
  const { t } = useTranslation();
  const cancel = useCancelTask();
  const errorText = useErrorText();
  const taskId = exchange.answer.task_id;
  const words = useWaitWords(useQueueItem(taskId));
  const edit = useEdit((state) => (taskId !== null && state.edit?.taskId === taskId ? state.edit : null));
  const content = exchange.question?.content ?? "";
  const pencil = useFocusBack(edit !== null);

  return (
    <li className="flex items-center gap-1 rounded-xl border border-dashed border-line-strong bg-surface py-1 pr-1 pl-3">
      {edit !== null ? (
        <EditWaiting edit={edit} field="content" label={t("chat.edit")} />
      ) : (
        <>
          <span className="min-w-0 flex-1">
            <span className="line-clamp-1 text-sm">{content}</span>
            {words !== null && <span className="block truncate text-xs text-muted">{words}</span>}
          </span>
          <IconButton
            ref={pencil}
            label={t("chat.edit")}
            disabled={taskId === null || cancel.isPending}
            onClick={() => beginEdit(taskId ?? "", sessionId, content)}
          >
            <Pencil size={15} aria-hidden />
          </IconButton>
          <IconButton
            label={t("chat.remove")}
            disabled={taskId === null || cancel.isPending}
            onClick={() =>
              cancel.mutate({ taskId: taskId ?? "" }, { onError: (error) => toast(errorText(error), { bad: true }) })
            }
          >
            <X size={16} aria-hidden />
          </IconButton>
        </>
      )}
    </li>
  );
}
