import { useTranslation } from "react-i18next";
import type { Turn } from "~/api/types";

export function Question({ turn, faded }: { turn: Turn; faded: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col items-end pl-10">
      <h2 className="sr-only">{t("chat.you")}</h2>
      <div
        className={`max-w-full rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 whitespace-pre-wrap ${faded ? "border border-dashed border-line-strong bg-transparent text-muted" : ""}`}
      >
        {turn.content}
      </div>
    </div>
  );
}
