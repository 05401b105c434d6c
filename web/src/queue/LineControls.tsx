import { Minus, Pause, Play, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Queue } from "~/api/types";
import { useConfig } from "~/api/use-config";
import { Button, IconButton } from "~/ui/Button";
import { useChangeLine } from "./changes";

const most = 256;

/** For admins: pause the line or let it go on, and how many may run at a time. What runs is never touched. */
export function LineControls({ queue: { limit, paused } }: { queue: Queue }) {
  const { t } = useTranslation();
  const { data: config } = useConfig();
  const change = useChangeLine();
  if (config?.is_admin !== true) return null;
  return (
    <div role="group" aria-label={t("queue.controls")} className="flex items-center gap-2 px-5 pb-3">
      <Button size="small" disabled={change.isPending} onClick={() => change.mutate({ paused: !paused })}>
        {paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
        {paused ? t("queue.resume") : t("queue.pause")}
      </Button>
      <span className="flex-1" />
      <div role="group" aria-label={t("queue.limit")} className="flex items-center rounded-lg border border-line">
        <IconButton
          label={t("queue.fewer")}
          disabled={limit <= 1 || change.isPending}
          onClick={() => change.mutate({ limit: limit - 1 })}
        >
          <Minus size={15} aria-hidden />
        </IconButton>
        <output className="min-w-8 px-1 text-center text-sm tabular-nums">{limit}</output>
        <IconButton
          label={t("queue.moreSlots")}
          disabled={limit >= most || change.isPending}
          onClick={() => change.mutate({ limit: limit + 1 })}
        >
          <Plus size={15} aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}
