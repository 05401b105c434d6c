import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import type { QueueItem } from "~/api/types";
import { useCancelTask } from "~/chat/queries";
import { ConfirmDialog } from "~/ui/ConfirmDialog";
import { IconButton } from "~/ui/Button";
import { toast } from "~/ui/Toast";
import { useCancelAny } from "./changes";

/** Cancels a task of mine; an admin is asked first before somebody else's is cancelled. */
export function CancelButton({ item, title }: { item: QueueItem; title: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const cancel = useCancelTask();
  const cancelAny = useCancelAny();
  const [asking, setAsking] = useState(false);
  const stopping = item.cancel_requested || cancel.isPending || cancelAny.isPending;

  function press(): void {
    if (!item.mine) return setAsking(true);
    cancel.mutate({ taskId: item.task_id }, { onError: (error) => toast(errorText(error), { bad: true }) });
  }

  return (
    <>
      <IconButton
        label={stopping ? t("queue.cancelling") : t("queue.cancelItem", { title })}
        disabled={stopping}
        onClick={press}
      >
        <X size={16} aria-hidden />
      </IconButton>
      {asking && (
        <ConfirmDialog
          title={t("queue.cancelOthersTitle")}
          text={t("queue.cancelOthersText", { title, owner: item.owner })}
          confirm={t("queue.cancelOthers")}
          onClose={() => setAsking(false)}
          onConfirm={() => cancelAny.mutate(item.task_id)}
        />
      )}
    </>
  );
}
