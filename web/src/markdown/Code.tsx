import { Check, Copy } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "~/ui/Button";
import { useCopy } from "~/ui/use-copy";
import { useHighlight } from "./use-highlight";

export const Code = memo(function Code({ language, text }: { language: string; text: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  const html = useHighlight(text, language);
  return (
    <figure className="code">
      <figcaption>
        <span>{language}</span>
        <IconButton label={copied ? t("app.copied") : t("code.copy")} onClick={() => void copy(text)}>
          {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
        </IconButton>
      </figcaption>
      <pre tabIndex={0} aria-label={t("code.label", { language })}>
        {html === null ? <code>{text}</code> : <code dangerouslySetInnerHTML={{ __html: html }} />}
      </pre>
    </figure>
  );
});
