import { clsx } from "clsx";
import { PencilLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Turn } from "~/api/types";
import { IconButton } from "~/ui/Button";
import { editDraft } from "./drafts";
import { EditWaiting } from "./EditWaiting";
import { beginEdit, useEdit } from "./editing";

interface Props {
  turn: Turn;
  answer: Turn;
  faded: boolean;
}

/** What was asked. While it waits its words can be changed in place; afterwards they can be asked again, changed. */
export function Question({ turn, answer, faded }: Props) {
  const { t } = useTranslation();
  const edit = useEdit((state) => (turn.task_id !== null && state.edit?.taskId === turn.task_id ? state.edit : null));
  const waits = answer.status === "queued" && turn.task_id !== null;
  if (edit !== null && waits) {
    return (
      <div className="ml-auto flex w-full max-w-[36rem]">
        <EditWaiting edit={edit} field="content" label={t("chat.message")} />
      </div>
    );
  }
  return (
    <div className="group flex items-center justify-end gap-1">
      <h2 className="sr-only">{t("chat.you")}</h2>
      <IconButton
        label={waits ? t("chat.edit") : t("chat.editResend")}
        className="opacity-100 transition-opacity group-hover:opacity-100 focus-visible:opacity-100 md:opacity-0"
        onClick={() => {
          if (waits) beginEdit(turn.task_id ?? "", turn.session_id, turn.content);
          else editDraft(turn.session_id, turn.content);
        }}
      >
        <PencilLine size={15} aria-hidden />
      </IconButton>
      <div
        className={clsx(
          "max-w-[calc(100%-3rem)] rounded-2xl rounded-br-md px-4 py-2.5 whitespace-pre-wrap",
          faded ? "border border-dashed border-line-strong text-muted" : "bg-accent-soft",
        )}
      >
        {turn.content}
      </div>
    </div>
  );
}
