import { PencilLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/Button";
import { setDraft } from "./drafts";
import type { Exchange } from "./exchanges";

/** A question stopped or taken back before a word was written: it can be edited and sent again. */
export function Withdrawn({ exchange }: { exchange: Exchange }) {
  const { t } = useTranslation();
  const { question, answer } = exchange;
  return (
    <p className="-mt-2 flex flex-wrap items-center justify-end gap-x-2 text-[0.8125rem] text-muted">
      {t("chat.withdrawn")}
      {question !== null && (
        <Button kind="quiet" size="small" onClick={() => setDraft(answer.session_id, question.content)}>
          <PencilLine size={14} aria-hidden />
          {t("chat.editResend")}
        </Button>
      )}
    </p>
  );
}
