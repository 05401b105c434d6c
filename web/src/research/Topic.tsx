import { PencilLine } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import type { Task } from "~/api/types";
import { EditWaiting, giveBackAloud } from "~/chat/EditWaiting";
import { beginEdit, useEdit } from "~/chat/editing";
import { readAsked } from "~/chat/queries";
import { IconButton } from "~/ui/Button";
import { toast } from "~/ui/Toast";
import { useFocusBack } from "~/ui/use-focus-back";

/** What is researched, to be put in other words for as long as it waits. */
export function Topic({ task, topic, waits }: { task: Task; topic: string; waits: boolean }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const edit = useEdit((state) => (state.edit?.taskId === task.task_id ? state.edit : null));
  const late = edit !== null && !waits;
  const pencil = useFocusBack(edit !== null);
  useEffect(() => {
    if (late) giveBackAloud();
  }, [late]);

  async function begin(): Promise<void> {
    try {
      beginEdit(task.task_id, "research", (await readAsked(task.task_id))?.topic ?? topic);
    } catch (error) {
      toast(errorText(error), { bad: true });
    }
  }

  if (edit !== null && waits) return <EditWaiting edit={edit} field="topic" label={t("edit.topic")} />;
  return (
    <div className="flex items-start gap-2">
      <h2 className="min-w-0 flex-1 text-xl leading-snug font-semibold tracking-tight text-pretty whitespace-pre-wrap">
        {topic}
      </h2>
      {waits && (
        <IconButton ref={pencil} label={t("edit.topic")} onClick={() => void begin()}>
          <PencilLine size={16} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
