import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { en } from "~/i18n/en";

type Stage = keyof typeof en.stages;

interface StageProgress {
  step: string;
  done: number;
  total: number | null;
}

/** "Reading the text 3 of 20": a stage of reading a document, and how far it is where that says something. */
export function useStageWords(): (progress: StageProgress) => string {
  const { t } = useTranslation();
  const stageName = useStageName();
  return useCallback(
    ({ step, done, total }: StageProgress) =>
      total !== null && total > 1 ? `${stageName(step)} ${t("research.progress", { done, total })}` : stageName(step),
    [t, stageName],
  );
}

/** The name of a step, "search-2" say, in the reader's language; steps not known here keep their own name. */
export function useStageName(): (step: string) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (step: string) => {
      const stage = step.replace(/[-_ ]?\d+$/, "");
      return i18n.exists(`stages.${stage}`) ? t(`stages.${stage as Stage}`) : step;
    },
    [t, i18n],
  );
}
