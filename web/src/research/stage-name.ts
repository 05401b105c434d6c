import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { en } from "~/i18n/en";

type Stage = keyof typeof en.stages;

/** The name of a step, "search-2" say, in the reader's language; steps not known here keep their own name. */
export function useStageName(): (step: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (step: string) => {
      const stage = step.replace(/[-_ ]?\d+$/, "");
      return Object.hasOwn(en.stages, stage) ? t(`stages.${stage as Stage}`) : step;
    },
    [t],
  );
}
