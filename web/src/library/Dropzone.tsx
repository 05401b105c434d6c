import { FilePlus2 } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "~/api/use-config";
import { formatBytes } from "~/i18n/format";
import { uploadFiles } from "./uploads";
import { useFileDrop } from "./use-file-drop";

/** Files may be dropped anywhere on the page; this is where it says so, and where they can be chosen. */
export function Dropzone() {
  const { t, i18n } = useTranslation();
  const { data: config } = useConfig();
  const [over, setOver] = useState(false);
  const inputId = useId();
  useFileDrop(uploadFiles, setOver);
  const size = formatBytes(config?.max_upload_bytes ?? 0, i18n.language);

  return (
    <label
      htmlFor={inputId}
      className={`flex items-center gap-4 rounded-2xl border border-dashed px-5 py-5 transition-colors focus-within:outline-2 focus-within:outline-accent ${over ? "border-accent bg-accent-soft" : "border-line-strong bg-surface hover:border-accent hover:bg-hover"}`}
    >
      <FilePlus2 size={24} className="shrink-0 text-accent" aria-hidden />
      <span className="min-w-0">
        <span className="block font-medium">{over ? t("library.dropNow") : t("library.drop")}</span>
        {config !== undefined && <span className="block text-sm text-muted">{t("library.kinds", { size })}</span>}
      </span>
      <input
        id={inputId}
        type="file"
        multiple
        aria-label={t("library.choose")}
        className="sr-only"
        onChange={(event) => {
          uploadFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </label>
  );
}
