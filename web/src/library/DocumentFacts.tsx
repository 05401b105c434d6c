import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import type { Document } from "~/api/types";
import { fileOf } from "./uploads";
import { formatBytes, formatWhen, languageName } from "~/i18n/format";

/** What reading a document yielded, or how far it is, or why it failed. */
export function DocumentFacts({ document, stage }: { document: Document; stage: string | null }) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const { language } = i18n;
  const size = formatBytes(document.size_bytes, language);
  switch (document.status) {
    case "queued":
      return `${t("library.queued")} · ${size}`;
    case "running":
      return `${stage ?? t("library.reading")} · ${size}`;
    case "failed":
      return (
        <span className="text-danger">
          {t("library.failed")}: {errorText(document.error)}
          {fileOf(document.id) === undefined && ` ${t("library.chooseAgainHint")}`}
        </span>
      );
    case "cancelled":
      return `${t("library.cancelled")} · ${size}`;
  }
  const facts = [
    document.pages === null ? null : t("library.pages", { count: document.pages }),
    document.passages === null ? null : t("library.passages", { count: document.passages }),
    document.language === null ? null : languageName(document.language, language),
    size,
    formatWhen(document.created_at, language),
  ];
  return facts.filter((fact) => fact !== null).join(" · ");
}
