import { Check, Copy, Download, MessageSquarePlus, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Task } from "~/api/types";
import { editDraft, setDraft } from "~/chat/drafts";
import { readAsked } from "~/chat/queries";
import { Button } from "~/ui/Button";
import { useCopy } from "~/ui/use-copy";

interface Props {
  task: Task;
  topic: string;
  text: string;
  finished: boolean;
}

export function ReportActions({ task, topic, text, finished }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [copied, copy] = useCopy();

  /** The form with the same topic, sources and depth, to be changed or sent as they are. */
  async function runAgain(): Promise<void> {
    const asked = await readAsked(task.task_id).catch(() => null);
    setDraft("research", asked?.topic ?? topic);
    await navigate("/app/research", { state: { sources: asked?.sources ?? undefined, depth: asked?.depth ?? undefined } });
  }

  return (
    <>
      {finished && (
        <a
          href={`/research/${task.task_id}/report?format=md`}
          download={`${topic.slice(0, 60).replaceAll(/[\\/:*?"<>|\n]/g, " ")}.md`}
          className="inline-flex h-10 items-center gap-2 rounded-lg border border-line bg-surface px-3 text-sm font-medium hover:bg-hover md:h-8 md:px-2.5 md:text-[0.8125rem]"
        >
          <Download size={14} aria-hidden />
          {t("research.download")}
        </a>
      )}
      {text !== "" && (
        <Button size="small" kind="quiet" onClick={() => void copy(text)}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? t("app.copied") : t("app.copy")}
        </Button>
      )}
      <Button size="small" kind="quiet" onClick={() => void runAgain()}>
        <RotateCcw size={14} aria-hidden />
        {t("research.rerun")}
      </Button>
      {finished && (
        <Button
          size="small"
          kind="quiet"
          onClick={() => {
            editDraft("new", t("research.followUpText", { topic }));
            void navigate("/app");
          }}
        >
          <MessageSquarePlus size={14} aria-hidden />
          {t("research.followUp")}
        </Button>
      )}
    </>
  );
}
