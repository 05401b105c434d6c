import i18next from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { en } from "~/i18n/en";
import { isProblem, Problem } from "./problem";

type Known = keyof typeof en.errors;

function isKnown(code: string): code is Known {
  return i18next.exists(`errors.${code}`) && !["title", "crashed", "crashedHint", "unknown"].includes(code);
}

/** Turns a problem, or `{code, message}` of a task, into a sentence in the reader's language. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback(
    (error: unknown) => {
      const { code, message } = factsOf(error);
      if (isKnown(code)) return t(`errors.${code}`);
      return message === "" ? t("errors.unknown", { code }) : message;
    },
    [t],
  );
}

function factsOf(error: unknown): { code: string; message: string } {
  if (isProblem(error)) return { code: (error as Problem).code, message: error.detail };
  if (typeof error === "object" && error !== null && "code" in error) {
    return { code: String(error.code), message: "message" in error ? String(error.message ?? "") : "" };
  }
  return { code: "error", message: error instanceof Error ? error.message : "" };
}
