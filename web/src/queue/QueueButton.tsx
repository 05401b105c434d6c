import { useTranslation } from "react-i18next";
import { CirclePause, FileText, Waves } from "lucide-react";
import { Button } from "~/ui/Button";
import { toggleQueue, useQueueOpen } from "./open";
import { useQueue } from "./queries";

/** Always in the top bar: how many run and how many wait, one tap from the whole queue. */
export function QueueButton() {
  const { t } = useTranslation();
  const { data: queue } = useQueue();
  const open = useQueueOpen((state) => state.open);
  const active = queue?.active.length ?? 0;
  const waiting = queue?.size ?? 0;
  const reading = (queue?.ingest.active.length ?? 0) + (queue?.ingest.size ?? 0);
  const paused = queue?.paused === true;
  const counts = t("queue.pill", { active, waiting });
  const label = `${t("queue.title")}: ${counts}${paused ? ` · ${t("wait.linePaused")}` : ""}`;
  return (
    <Button size="small" onClick={toggleQueue} aria-expanded={open} aria-label={label} title={label}>
      {paused ? (
        <CirclePause size={16} className="text-warn" aria-hidden />
      ) : (
        <Waves size={16} className={active > 0 ? "text-accent" : "text-muted"} aria-hidden />
      )}
      <span className="hidden sm:inline">{t("queue.title")}</span>
      {active + waiting > 0 && (
        <span className="flex items-center gap-1 text-xs tabular-nums" aria-hidden>
          <span className="rounded-md bg-accent px-1.5 leading-5 font-semibold text-on-accent">{active}</span>
          {waiting > 0 && <span className="rounded-md bg-hover px-1.5 leading-5 text-muted">+{waiting}</span>}
        </span>
      )}
      {reading > 0 && (
        <span className="flex items-center gap-0.5 text-xs text-muted tabular-nums" aria-hidden>
          <FileText size={14} />
          {reading}
        </span>
      )}
    </Button>
  );
}
