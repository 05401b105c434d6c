import { FileText, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { formatPercent } from "~/i18n/format";
import { cancelUpload, useUploads } from "~/library/uploads";
import { IconButton } from "~/ui/Button";

/** Files on their way to the library, above the text they were added beside. */
export function Attachments() {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const uploads = useUploads((state) => state.uploads);
  if (uploads.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2 px-3 pt-3" aria-label={t("library.uploading")}>
      {uploads.map(({ id, file, sent, error }) => (
        <li key={id} className="flex max-w-full items-center gap-2 rounded-lg bg-sunken pl-2.5 text-[0.8125rem]">
          <FileText size={15} className="shrink-0 text-muted" aria-hidden />
          <span className="truncate">{file.name}</span>
          <span className={error === null ? "text-muted tabular-nums" : "truncate text-danger"}>
            {error === null ? formatPercent(sent, i18n.language) : errorText(error)}
          </span>
          <IconButton
            label={error === null ? t("library.cancelDocument", { title: file.name }) : t("library.removeRow")}
            onClick={() => cancelUpload(id)}
          >
            <X size={14} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
