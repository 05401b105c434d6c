import { ArrowDown, ArrowUp, GripVertical, Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useErrorText } from "~/api/error-text";
import type { QueueItem } from "~/api/types";
import { beginEdit } from "~/chat/editing";
import { readAsked } from "~/chat/queries";
import { IconButton } from "~/ui/Button";
import { Menu, MenuItem } from "~/ui/Menu";
import { toast } from "~/ui/Toast";
import { useMove } from "./changes";
import { setQueueOpen, isWide } from "./open";
import { useQueue } from "./queries";
import { stepOf } from "./reorder";
import { useDragHandle } from "./use-drag";

/** The handle of a waiting task of mine: drag it, or open its menu to move it a step or change its words. */
export function RowMenu({ item, title }: { item: QueueItem; title: string }) {
  const { t } = useTranslation();
  const { data: queue } = useQueue();
  const move = useMove();
  const edit = useEditFromQueue();
  const { dragging, handlers } = useDragHandle(item.task_id, (before) => go(before));
  const waiting = queue?.waiting ?? [];
  const [earlier, later] = [stepOf(waiting, item.task_id, "earlier"), stepOf(waiting, item.task_id, "later")];

  function go(before: string | null | undefined): void {
    if (before !== undefined) move.mutate({ taskId: item.task_id, title, before });
  }

  return (
    <Menu
      trigger={(props) => (
        <IconButton
          label={t("queue.actions", { title })}
          {...props}
          {...handlers}
          className={dragging ? "cursor-grabbing! touch-none" : "touch-none"}
        >
          <GripVertical size={16} aria-hidden />
        </IconButton>
      )}
    >
      <MenuItem icon={<ArrowUp size={15} aria-hidden />} disabled={earlier === undefined} onSelect={() => go(earlier)}>
        {t("queue.earlier")}
      </MenuItem>
      <MenuItem icon={<ArrowDown size={15} aria-hidden />} disabled={later === undefined} onSelect={() => go(later)}>
        {t("queue.later")}
      </MenuItem>
      {item.kind !== "ingest" && (
        <MenuItem icon={<Pencil size={15} aria-hidden />} onSelect={() => void edit(item)}>
          {t("queue.edit")}
        </MenuItem>
      )}
    </Menu>
  );
}

/** Opens the page that a waiting task belongs to, with its words ready to be changed. */
function useEditFromQueue(): (item: QueueItem) => Promise<void> {
  const navigate = useNavigate();
  const errorText = useErrorText();
  return async ({ task_id: taskId, session_id: sessionId }) => {
    try {
      const asked = await readAsked(taskId);
      if (!isWide()) setQueueOpen(false);
      await navigate(sessionId === null ? `/app/research/${taskId}` : `/app/chat/${sessionId}`);
      beginEdit(taskId, sessionId ?? "research", asked?.content ?? asked?.topic ?? "");
    } catch (error) {
      toast(errorText(error), { bad: true });
    }
  };
}
