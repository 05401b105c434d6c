import { Telescope } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Task } from "~/api/types";
import { PageTitle } from "~/app/PageTitle";
import { NoModel } from "~/chat/NoModel";
import { formatWhen } from "~/i18n/format";
import { Button } from "~/ui/Button";
import { Empty, Loading, LoadError } from "~/ui/Empty";
import { Spinner, Waiting } from "~/ui/Spinner";
import { useResearchList } from "./queries";
import { ResearchForm } from "./ResearchForm";

export default function ResearchHome() {
  const { t } = useTranslation();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto" tabIndex={-1}>
      <PageTitle>{t("research.title")}</PageTitle>
      <div className="mx-auto max-w-[46rem] px-4 pt-6 pb-16 md:px-6 md:pt-9">
        <h2 className="text-2xl font-semibold tracking-tight">{t("research.title")}</h2>
        <p className="mt-1 mb-6 text-muted">{t("research.lead")}</p>
        <ResearchForm />
        <NoModel />
        <Past />
      </div>
    </div>
  );
}

function Past() {
  const { t } = useTranslation();
  const list = useResearchList();
  const all = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) return <Loading />;
  if (list.isError && all.length === 0) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  if (all.length === 0) {
    return <Empty icon={<Telescope size={32} aria-hidden />} title={t("research.none")} hint={t("research.noneHint")} />;
  }
  return (
    <section className="mt-10">
      <h3 className="mb-1 text-[0.8125rem] font-medium text-muted">{t("research.past")}</h3>
      <ul className="-mx-3">
        {all.map((task) => (
          <PastRow key={task.task_id} task={task} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button kind="quiet" size="small" onClick={() => void list.fetchNextPage()}>
          {t("app.showMore")}
        </Button>
      )}
    </section>
  );
}

function PastRow({ task }: { task: Task }) {
  const { t, i18n } = useTranslation();
  return (
    <li>
      <Link
        to={`/app/research/${task.task_id}`}
        className="flex min-h-12 items-center gap-3 rounded-xl px-3 py-2 transition-colors hover:bg-hover"
      >
        <span className="line-clamp-2 min-w-0 flex-1">{task.summary}</span>
        <span className="flex shrink-0 items-center gap-2 text-[0.8125rem] text-muted">
          {task.status === "running" && <Spinner size={15} />}
          {task.status === "queued" && <Waiting size={15} />}
          {task.status !== "completed" && t(`status.${task.status}`)}
          {task.status === "completed" && formatWhen(task.created_at, i18n.language)}
        </span>
      </Link>
    </li>
  );
}
