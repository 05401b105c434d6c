import { CircleCheck, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Step } from "~/hub/fold";
import { Progress } from "~/ui/Progress";
import { Spinner } from "~/ui/Spinner";
import { useStageName } from "./stage-name";

/** The steps so far; folded into one line once the report is being written. */
export function Steps({ steps, open }: { steps: Step[]; open: boolean }) {
  const { t } = useTranslation();
  const last = steps.at(-1);
  if (last === undefined) return null;
  const fraction = last.total ? last.done / last.total : null;
  return (
    <details open={open} className="group rounded-2xl border border-line bg-surface">
      <summary className="flex min-h-12 list-none items-center gap-2 rounded-2xl px-4 text-sm">
        <ChevronRight size={16} className="text-muted transition-transform group-open:rotate-90" aria-hidden />
        <span className="font-medium">{t("research.steps")}</span>
        <span className="text-muted tabular-nums">
          {last.total === null
            ? t("research.stepsDone", { count: steps.length })
            : t("research.progress", { done: last.done, total: last.total })}
        </span>
      </summary>
      {open && (
        <div className="px-4 pb-1">
          <Progress value={fraction} label={t("research.steps")} />
        </div>
      )}
      <ol className="px-4 pt-1 pb-3" aria-live={open ? "polite" : undefined}>
        {steps.map((step, at) => (
          <StepRow key={step.step} step={step} current={open && at === steps.length - 1} />
        ))}
      </ol>
    </details>
  );
}

function StepRow({ step, current }: { step: Step; current: boolean }) {
  const name = useStageName()(step.step);
  const detail = detailOf(step, name);
  return (
    <li className="flex gap-2.5 py-1.5 text-sm">
      <span className="mt-0.5 flex shrink-0">
        {current ? <Spinner size={16} /> : <CircleCheck size={16} className="text-ok" aria-hidden />}
      </span>
      <span className="min-w-0">
        <span className={current ? "font-medium" : ""}>{name}</span>
        {detail !== "" && <span className="text-muted"> · {detail}</span>}
      </span>
    </li>
  );
}

/** "Searching: gates" is the server's label; the step is named here already, so only what it is about remains. */
function detailOf({ step, label }: Step, name: string): string {
  return name === step ? label : (/[:：]\s*(.+)$/s.exec(label)?.[1] ?? "");
}
