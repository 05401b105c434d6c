import { clsx } from "clsx";
import { CircleAlert, CircleStop, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useErrorText } from "~/api/error-text";
import { isProblem } from "~/api/problem";
import { isUnfinished, type Task } from "~/api/types";
import { PageTitle } from "~/app/PageTitle";
import { Missing } from "~/chat/ChatView";
import { Pending } from "~/chat/Pending";
import { useCancelTask, useTask } from "~/chat/queries";
import { useFreeSlot } from "~/chat/use-running";
import { LazyMarkdown } from "~/markdown/lazy";
import { Button } from "~/ui/Button";
import { Loading, LoadError } from "~/ui/Empty";
import { toast } from "~/ui/Toast";
import { ReportActions } from "./ReportActions";
import { SourcesPanel } from "./SourcesPanel";
import { Steps } from "./Steps";
import { Topic } from "./Topic";
import { useReport } from "./use-report";

export default function ResearchView() {
  const { taskId = "" } = useParams();
  const { data: task, error, refetch } = useTask(taskId);
  if (isProblem(error, "not_found")) return <Missing />;
  if (task === undefined) return error === null ? <Loading /> : <LoadError error={error} onRetry={() => void refetch()} />;
  return <Research key={taskId} task={task} />;
}

function Research({ task }: { task: Task }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const cancel = useCancelTask();
  const freeSlot = useFreeSlot();
  const followed = task.status !== "queued" || freeSlot;
  const { live, text, whole, citations, status, topic } = useReport(task, followed);
  const open = isUnfinished(status);
  const stopping = task.cancel_requested || cancel.isPending;

  return (
    <div className="@container min-h-0 flex-1 overflow-y-auto" tabIndex={-1}>
      <PageTitle>{t("research.title")}</PageTitle>
      <div
        className={clsx(
          "mx-auto grid max-w-[46rem] gap-x-12 px-4 pt-6 pb-16 md:px-8 md:pt-9",
          citations.length > 0 &&
            "@min-[66rem]:max-w-[72rem] @min-[66rem]:grid-cols-[minmax(0,42rem)_minmax(0,1fr)]",
        )}
      >
        <div className="min-w-0">
          <Topic task={task} topic={topic} waits={status === "queued"} />
          <div className="mt-3 mb-4 flex min-h-10 flex-wrap items-center gap-2">
            {open ? (
              <Button
                size="small"
                disabled={stopping}
                onClick={() =>
                  cancel.mutate({ taskId: task.task_id }, { onError: (error) => toast(errorText(error), { bad: true }) })
                }
              >
                <Square size={12} className="fill-current" aria-hidden />
                {stopping ? t("chat.stopping") : t("research.cancel")}
              </Button>
            ) : (
              <ReportActions task={task} topic={topic} text={whole} finished={status === "completed"} />
            )}
          </div>
          {open && (live?.steps.length ?? 0) === 0 && text === "" ? (
            <Pending taskId={task.task_id} live={live} running={status === "running"} />
          ) : (
            <Steps steps={live?.steps ?? []} open={open && text === ""} />
          )}
          {status === "failed" && (
            <p role="alert" className="mt-4 flex items-center gap-3 rounded-xl bg-danger-soft px-4 py-3 text-sm">
              <CircleAlert size={18} className="shrink-0 text-danger" aria-hidden />
              {errorText(live?.error ?? task.error ?? { code: "unknown" })}
            </p>
          )}
          {text !== "" && (
            <article className="mt-6" aria-label={t("research.report")}>
              <LazyMarkdown text={text} citations={citations} streaming={open} />
            </article>
          )}
          {status === "cancelled" && (
            <p className="mt-4 flex items-center gap-2 text-sm text-muted">
              <CircleStop size={16} aria-hidden />
              {t("research.stopped")}
            </p>
          )}
        </div>
        {citations.length > 0 && <SourcesPanel citations={citations} text={text} />}
      </div>
    </div>
  );
}
