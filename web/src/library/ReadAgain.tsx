import { FileUp, RotateCcw } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "~/ui/Button";

interface Props {
  title: string;
  /** The file itself, while this page still has it. */
  file: File | undefined;
  onFile(file: File): void;
}

/** Sends a document that could not be read once more; after a reload its file has to be chosen again. */
export function ReadAgain({ title, file, onFile }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  if (file !== undefined) {
    return (
      <IconButton label={t("library.retryDocument", { title })} onClick={() => onFile(file)}>
        <RotateCcw size={16} aria-hidden />
      </IconButton>
    );
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen !== undefined) onFile(chosen);
          event.target.value = "";
        }}
      />
      <IconButton label={t("library.chooseAgain", { title })} onClick={() => input.current?.click()}>
        <FileUp size={16} aria-hidden />
      </IconButton>
    </>
  );
}
