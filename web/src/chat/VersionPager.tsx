import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "~/ui/Button";

export interface Version {
  /** Which of them, from 0. */
  at: number;
  of: number;
  choose(at: number): void;
}

/** Leads through the answers to a question that was asked more than once. */
export function VersionPager({ at, of, choose }: Version) {
  const { t } = useTranslation();
  if (of < 2) return null;
  return (
    <span className="inline-flex items-center" role="group" aria-label={t("chat.versions")}>
      <IconButton label={t("chat.versionBefore")} disabled={at === 0} onClick={() => choose(at - 1)}>
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <span className="text-xs tabular-nums" aria-live="polite">
        {t("chat.version", { at: at + 1, of })}
      </span>
      <IconButton label={t("chat.versionAfter")} disabled={at === of - 1} onClick={() => choose(at + 1)}>
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </span>
  );
}
