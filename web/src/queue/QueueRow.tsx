import { clsx } from "clsx";
import { FileText, MessageSquare, Telescope, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useErrorText } from "~/api/error-text";
import type { QueueItem } from "~/api/types";
import { useConfig } from "~/api/use-config";
import { useCancelTask } from "~/chat/queries";
import { useStageName } from "~/research/stage-name";
import { IconButton } from "~/ui/Button";
import { Progress } from "~/ui/Progress";
import { toast } from "~/ui/Toast";
import { etaWords } from "./eta";
import { useCalmPlace } from "./use-calm-place";
import { useElapsed } from "./use-elapsed";

const icons = { chat: MessageSquare, research: Telescope, ingest: FileText };
const kinds = { chat: "queue.chat", research: "queue.research", ingest: "queue.document" } as const;
const others = { chat: "queue.othersChat", research: "queue.othersResearch", ingest: "queue.othersDocument" } as const;

export function QueueRow({ item }: { item: QueueItem }) {
  const { t } = useTranslation();
  const { data: config } = useConfig();
  const cancel = useCancelTask();
  const errorText = useErrorText();
  const Icon = icons[item.kind];
  const title = item.summary ?? item.title ?? t(others[item.kind]);
  const stopping = item.cancel_requested || cancel.isPending;
  const line = item.position !== null;

  return (
    <li
      className={clsx("group flex items-start gap-3 rounded-xl py-2 pr-1 pl-3", item.mine && "hover:bg-hover")}
      data-mine={item.mine}
      data-testid="queue-row"
    >
      <span className="mt-0.5 flex w-5 shrink-0 justify-center" aria-hidden>
        {line ? (
          <span className={clsx("text-sm tabular-nums", item.mine ? "font-semibold text-accent" : "text-muted")}>
            {item.position}
          </span>
        ) : (
          <Icon size={16} className={clsx("mt-0.5", item.mine ? "text-accent" : "text-muted")} />
        )}
      </span>
      <div className="min-w-0 flex-1">
        {line && <span className="sr-only">{t("queue.position", { position: item.position ?? 0 })}. </span>}
        <Title item={item}>{title}</Title>
        <Details item={item} kind={t(kinds[item.kind])} owner={config?.auth_mode === "open" ? null : item.owner} />
      </div>
      {item.mine && (
        <IconButton
          label={stopping ? t("queue.cancelling") : t("queue.cancelItem", { title })}
          disabled={stopping}
          onClick={() =>
            cancel.mutate({ taskId: item.task_id }, { onError: (error) => toast(errorText(error), { bad: true }) })
          }
        >
          <X size={16} aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function Title({ item, children }: { item: QueueItem; children: ReactNode }) {
  const look = clsx("line-clamp-1 text-sm", item.summary === null && "text-muted");
  const to =
    item.session_id !== null
      ? `/app/chat/${item.session_id}`
      : item.kind === "research" && item.mine
        ? `/app/research/${item.task_id}`
        : null;
  if (to === null || !item.mine) return <span className={look}>{children}</span>;
  return (
    <Link to={to} className={clsx(look, "hover:underline")}>
      {children}
    </Link>
  );
}

function Details({ item, kind, owner }: { item: QueueItem; kind: string; owner: string | null }) {
  const { t } = useTranslation();
  const stageName = useStageName();
  const elapsed = useElapsed(item.started_at);
  const place = useCalmPlace(item.position, item.eta_s);
  const eta = item.started_at === null ? etaWords(place.etaS, t) : null;
  const progress = item.progress;
  const parts = [
    item.kind === "ingest" && item.position === null ? null : kind,
    owner === null ? null : item.mine ? t("queue.mine") : owner,
    item.cancel_requested ? t("queue.cancelling") : null,
    progress !== null && item.started_at !== null ? stageName(progress.step) : null,
    elapsed === null ? null : elapsed,
    eta,
    item.waits_for === null ? null : t(`wait.${item.waits_for}`),
  ];
  const value = progress?.total ? progress.done / progress.total : null;
  return (
    <>
      <p className="text-xs text-muted tabular-nums">{parts.filter((part) => part !== null).join(" · ")}</p>
      {progress !== null && item.started_at !== null && (
        <div className="mt-1.5 pr-2">
          <Progress value={value} label={stageName(progress.step)} />
        </div>
      )}
    </>
  );
}
