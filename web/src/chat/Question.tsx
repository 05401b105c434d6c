import { PencilLine } from "lucide-react";
import { clsx } from "clsx";
import { useTranslation } from "react-i18next";
import type { Turn } from "~/api/types";
import { IconButton } from "~/ui/Button";
import { editDraft } from "./drafts";

export function Question({ turn, faded }: { turn: Turn; faded: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="group flex items-center justify-end gap-1">
      <h2 className="sr-only">{t("chat.you")}</h2>
      <IconButton
        label={t("chat.editResend")}
        className="opacity-100 transition-opacity group-hover:opacity-100 focus-visible:opacity-100 md:opacity-0"
        onClick={() => editDraft(turn.session_id, turn.content)}
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
