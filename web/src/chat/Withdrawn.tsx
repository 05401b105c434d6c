import { useTranslation } from "react-i18next";

/** Below a question that was stopped or taken back before a word of answer was written. */
export function Withdrawn() {
  const { t } = useTranslation();
  return <p className="-mt-2 text-right text-[0.8125rem] text-muted">{t("chat.withdrawn")}</p>;
}
