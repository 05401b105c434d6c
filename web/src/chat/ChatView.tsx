import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useErrorText } from "~/api/error-text";
import { isProblem } from "~/api/problem";
import { PageTitle } from "~/app/PageTitle";
import { useSession } from "~/sessions/queries";
import { markRead, useUnread } from "~/sessions/unread";
import { Button } from "~/ui/Button";
import { Empty, Loading, LoadError } from "~/ui/Empty";
import { toast } from "~/ui/Toast";
import { useFocusKept } from "~/ui/use-focus-back";
import { Composer } from "./Composer";
import { setDraft, useGrounding } from "./drafts";
import { arrange, type Exchange } from "./exchanges";
import { QueuedTray } from "./QueuedTray";
import { inOrder, readAsked, useCancelTask, useSendMessage, useTurns } from "./queries";
import { Transcript } from "./Transcript";
import { useLateEdit } from "./use-late-edit";
import { useIsRunning } from "./use-running";

export function ChatView() {
  const { id = "" } = useParams();
  return <Chat key={id} id={id} />;
}

function Chat({ id }: { id: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data: session } = useSession(id);
  const turns = useTurns(id);
  const send = useSendMessage();
  const cancel = useCancelTask();
  const isRunning = useIsRunning(session);
  const below = useFocusKept<HTMLDivElement>("form textarea");
  useOnScreen(id);
  const all = useMemo(() => inOrder(turns.data), [turns.data]);
  useLateEdit(all, isRunning);

  if (isProblem(turns.error, "not_found")) return <Missing />;
  const paused = session?.paused ?? false;
  const { shown, queued, running } = arrange(all, paused, isRunning);
  const head = shown.at(-1)?.answer;
  const open = head !== undefined && (head.status === "queued" || head.status === "running") ? head : null;
  const stopTask = running?.task_id ?? open?.task_id ?? null;
  const stopping = cancel.isPending || (cancel.data?.task_id === stopTask && cancel.data?.cancel_requested === true);

  function submit(content: string, useLibrary: boolean): void {
    const onError = (error: unknown) => {
      setDraft(id, content);
      toast(errorText(error), { bad: true });
    };
    send.mutate({ sessionId: id, content, useLibrary }, { onError });
  }

  /** The same question, and the same sources for it, once more. */
  async function askAgain({ question, answer }: Exchange): Promise<void> {
    if (question === null) return;
    const asked = answer.task_id === null ? null : await readAsked(answer.task_id).catch(() => null);
    submit(question.content, asked?.use_library ?? useGrounding.getState().on);
  }

  function stop(): void {
    if (stopTask === null) return;
    cancel.mutate(
      { taskId: stopTask, pauseSession: queued.length > 0 },
      { onError: (error) => toast(errorText(error), { bad: true }) },
    );
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageTitle>{session?.title ?? t("sessions.untitled")}</PageTitle>
      {turns.isPending ? (
        <div className="flex-1">
          <Loading />
        </div>
      ) : turns.isError ? (
        <div className="flex-1">
          <LoadError error={turns.error} onRetry={() => void turns.refetch()} />
        </div>
      ) : (
        <Transcript
          exchanges={shown}
          isRunning={isRunning}
          hasEarlier={turns.hasNextPage}
          loadingEarlier={turns.isFetchingNextPage}
          onEarlier={() => void turns.fetchNextPage()}
          idle={open === null && queued.length === 0}
          onAskAgain={(exchange) => void askAgain(exchange)}
        />
      )}
      <div ref={below} className="mx-auto w-full max-w-[46rem] shrink-0 px-3 pb-3 md:px-6 md:pb-5">
        <QueuedTray sessionId={id} queued={queued} paused={paused} />
        <Composer place={id} busy={stopTask !== null} stopping={stopping} onSend={submit} onStop={stop} />
      </div>
    </div>
  );
}

function useOnScreen(id: string): void {
  useEffect(() => {
    useUnread.setState({ onScreen: id });
    const look = () => document.visibilityState === "visible" && markRead(id);
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      useUnread.setState({ onScreen: null });
    };
  }, [id]);
}

export function Missing() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <div className="flex flex-1 flex-col justify-center">
      <PageTitle>{t("app.notFound")}</PageTitle>
      <Empty title={t("app.notFound")} hint={t("app.notFoundHint")}>
        <Button kind="primary" onClick={() => void navigate("/app")}>
          {t("app.home")}
        </Button>
      </Empty>
    </div>
  );
}
