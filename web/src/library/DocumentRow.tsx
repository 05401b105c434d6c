import { Trash2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { type Document, isUnfinished } from "~/api/types";
import { useCancelTask } from "~/chat/queries";
import { useQueueItem } from "~/queue/queries";
import { useStageWords } from "~/research/stage-name";
import { ConfirmDialog } from "~/ui/ConfirmDialog";
import { IconButton } from "~/ui/Button";
import { Progress } from "~/ui/Progress";
import { toast } from "~/ui/Toast";
import { DocumentFacts } from "./DocumentFacts";
import { FileRow } from "./FileRow";
import { useDeleteDocument } from "./queries";
import { ReadAgain } from "./ReadAgain";
import { fileOf, uploadFiles } from "./uploads";

export function DocumentRow({ document, wanted }: { document: Document; wanted: boolean }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const stageWords = useStageWords();
  const item = useQueueItem(document.task_id);
  const remove = useDeleteDocument();
  const cancel = useCancelTask();
  const [asking, setAsking] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const title = document.title || document.filename;
  const open = isUnfinished(document.status);
  const file = fileOf(document.id);
  const complain = { onError: (error: unknown) => toast(errorText(error), { bad: true }) };

  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: "center" });
  }, [wanted]);

  function readAgain(again: File): void {
    remove.mutate(document.id, { ...complain, onSuccess: () => uploadFiles([again]) });
  }

  const progress = item?.progress;
  const fraction = progress?.total ? progress.done / progress.total : null;
  return (
    <FileRow
      ref={row}
      name={document.filename}
      title={title}
      wanted={wanted}
      facts={<DocumentFacts document={document} stage={progress ? stageWords(progress) : null} />}
      below={
        document.status === "running" && (
          <div className="mt-2">
            <Progress value={fraction} label={progress ? stageWords(progress) : t("library.reading")} />
          </div>
        )
      }
      actions={
        <>
          {!open && document.status !== "completed" && <ReadAgain title={title} file={file} onFile={readAgain} />}
          {open && document.task_id !== null ? (
            <IconButton
              label={t("library.cancelDocument", { title })}
              disabled={cancel.isPending}
              onClick={() => cancel.mutate({ taskId: document.task_id ?? "" }, complain)}
            >
              <X size={16} aria-hidden />
            </IconButton>
          ) : (
            <IconButton label={t("library.deleteDocument", { title })} onClick={() => setAsking(true)}>
              <Trash2 size={16} aria-hidden />
            </IconButton>
          )}
          {asking && (
            <ConfirmDialog
              title={t("library.deleteTitle")}
              text={t("library.deleteText", { title })}
              confirm={t("app.delete")}
              onClose={() => setAsking(false)}
              onConfirm={() => remove.mutate(document.id, complain)}
            />
          )}
        </>
      }
    />
  );
}
