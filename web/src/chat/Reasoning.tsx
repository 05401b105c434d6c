import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";

/** The model's reasoning, folded away unless one wants it. */
export function Reasoning({ text, thinking }: { text: string; thinking: boolean }) {
  const { t } = useTranslation();
  return (
    <details className="group mb-2 text-sm text-muted">
      <summary className="inline-flex min-h-10 list-none items-center gap-1 md:min-h-8">
        <ChevronRight size={15} className="transition-transform group-open:rotate-90" aria-hidden />
        <span className={thinking ? "animate-breathe" : ""}>{thinking ? t("chat.thinking") : t("chat.reasoning")}</span>
      </summary>
      <div className="mt-1 ml-1.5 border-l-2 border-line pl-4 whitespace-pre-wrap">{text}</div>
    </details>
  );
}
