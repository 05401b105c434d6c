import { RotateCcw, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import type { Problem } from "~/api/problem";
import { useConfig } from "~/api/use-config";
import { formatBytes, formatPercent } from "~/i18n/format";
import { IconButton } from "~/ui/Button";
import { Progress } from "~/ui/Progress";
import { FileRow } from "./FileRow";
import { cancelUpload, retryUpload, type Upload } from "./uploads";

export function UploadRow({ upload: { id, file, sent, error } }: { upload: Upload }) {
  const { t, i18n } = useTranslation();
  const reason = useReason(error);
  const percent = formatPercent(sent, i18n.language);
  const facts =
    reason === null ? (
      <span className="tabular-nums">
        {t("library.uploadingPercent", { percent })} · {formatBytes(file.size, i18n.language)}
      </span>
    ) : (
      <span role="alert" className="text-danger">
        {reason}
      </span>
    );
  const hopeless = error !== null && ["empty_file", "too_large", "file_too_large", "unsupported_type", "content_mismatch"].includes(error.code);
  return (
    <FileRow
      name={file.name}
      title={file.name}
      facts={facts}
      below={
        reason === null && (
          <div className="mt-2">
            <Progress value={sent} label={t("library.uploading")} />
          </div>
        )
      }
      actions={
        <>
          {error !== null && !hopeless && (
            <IconButton label={t("library.retryDocument", { title: file.name })} onClick={() => retryUpload(id)}>
              <RotateCcw size={16} aria-hidden />
            </IconButton>
          )}
          <IconButton
            label={error === null ? t("library.cancelDocument", { title: file.name }) : t("library.removeRow")}
            onClick={() => cancelUpload(id)}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </>
      }
    />
  );
}

function useReason(error: Problem | null): string | null {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const { data: config } = useConfig();
  if (error === null) return null;
  if (!["too_large", "file_too_large"].includes(error.code) || config === undefined) return errorText(error);
  return t("library.tooLarge", { size: formatBytes(config.max_upload_bytes, i18n.language) });
}
