import { clsx } from "clsx";
import { FileText, MessageSquare, Telescope } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { QueueItem } from "~/api/types";
import { useConfig } from "~/api/use-config";
import { useStageName } from "~/research/stage-name";
import { Progress } from "~/ui/Progress";
import { CancelButton } from "./CancelButton";
import { etaWords } from "./eta";
import { RowMenu } from "./RowMenu";
import { useCalmPlace } from "./use-calm-place";
import { useDrag } from "./use-drag";
import { useElapsed } from "./use-elapsed";

const icons = { chat: MessageSquare, research: Telescope, ingest: FileText };
const kinds = { chat: "queue.chat", research: "queue.research", ingest: "queue.document" } as const;
const others = { chat: "queue.othersChat", research: "queue.othersResearch", ingest: "queue.othersDocument" } as const;

interface Props {
  item: QueueItem;
  movable: boolean;
  linePaused: boolean;
}

export function QueueRow({ item, movable, linePaused }: Props) {
  const { t } = useTranslation();
  const { data: config } = useConfig();
  const drag = useDrag((state) => state.drag);
  const Icon = icons[item.kind];
  const title = item.summary ?? item.title ?? t(others[item.kind]);
  const line = item.position !== null;

  return (
    <li
      className={clsx(
        "group flex items-start gap-3 rounded-xl border-t-2 border-transparent py-2 pr-1 pl-3",
        item.mine && "hover:bg-hover",
        drag?.taskId === item.task_id && "opacity-50",
        drag !== null && drag.before === item.task_id && drag.taskId !== item.task_id && "rounded-t-none border-t-accent",
      )}
      data-mine={item.mine}
      data-task={item.task_id}
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
        <Target item={item}>
          {line && <span className="sr-only">{t("queue.position", { position: item.position ?? 0 })}. </span>}
          <span className={clsx("block truncate text-sm group-hover/link:underline", item.summary === null && "text-muted")}>
            {title}
          </span>
          <Details item={item} kind={t(kinds[item.kind])} owner={config?.auth_mode === "open" ? null : item.owner} linePaused={linePaused} />
        </Target>
        <RowProgress item={item} />
      </div>
      {(item.mine || config?.is_admin === true) && (
        <span className="-mt-1 flex shrink-0">
          {movable && <RowMenu item={item} title={title} />}
          <CancelButton item={item} title={title} />
        </span>
      )}
    </li>
  );
}

/** Leads to what a task of mine belongs to. */
function Target({ item, children }: { item: QueueItem; children: ReactNode }) {
  const to = item.session_id === null ? `/app/research/${item.task_id}` : `/app/chat/${item.session_id}`;
  if (!item.mine || item.kind === "ingest") return children;
  return (
    <Link to={to} className="group/link block min-h-10 md:min-h-0">
      {children}
    </Link>
  );
}

interface DetailsProps {
  item: QueueItem;
  kind: string;
  owner: string | null;
  linePaused: boolean;
}

function Details({ item, kind, owner, linePaused }: DetailsProps) {
  const { t } = useTranslation();
  const stageName = useStageName();
  const elapsed = useElapsed(item.started_at);
  const place = useCalmPlace(item.position, item.eta_s);
  const eta = item.started_at === null ? etaWords(place.etaS, t) : null;
  const progress = item.progress;
  const parts = [
    (item.kind === "ingest" && item.position === null) || (item.summary === null && item.title === null) ? null : kind,
    owner === null ? null : item.mine ? t("queue.mine") : owner,
    item.cancel_requested ? t("queue.cancelling") : null,
    progress !== null && item.started_at !== null ? stageName(progress.step) : null,
    elapsed === null ? null : elapsed,
    eta,
    item.waits_for === null ? null : linePaused ? t("wait.linePaused") : t(`wait.${item.waits_for}`),
  ];
  const told = parts.filter((part) => part !== null);
  return (
    <span className="block overflow-hidden text-xs text-muted tabular-nums">
      {/* Where a line breaks, the dot between two parts is cut off with the margin that it stands in. */}
      <span className="-ml-3 flex flex-wrap">
        {told.map((part, at) => (
          <span key={at} className="relative max-w-full pl-3 before:absolute before:left-1 before:content-['·']">
            {part}{" "}
          </span>
        ))}
      </span>
    </span>
  );
}

function RowProgress({ item: { progress, started_at: startedAt } }: { item: QueueItem }) {
  const stageName = useStageName();
  if (progress === null || startedAt === null) return null;
  return (
    <div className="mt-1.5 pr-2">
      <Progress value={progress.total ? progress.done / progress.total : null} label={stageName(progress.step)} />
    </div>
  );
}
