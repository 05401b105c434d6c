import { type InfiniteData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, newKey, ok } from "~/api/client";
import { keys } from "~/api/keys";
import { isProblem } from "~/api/problem";
import { queryClient } from "~/api/query-client";
import { isOlder, isUnfinished, type Receipt, type Task, type Turn } from "~/api/types";

interface TurnPage {
  items: Turn[];
  next_cursor: string | null;
}

type Pages = InfiniteData<TurnPage, string | undefined>;

const pageSize = 30;

/** A session's turns, the newest page first; each page is in `turn_index` order. */
export function useTurns(sessionId: string) {
  return useInfiniteQuery({
    queryKey: keys.turns(sessionId),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/sessions/{session_id}/turns", {
          params: { path: { session_id: sessionId }, query: { cursor: pageParam, limit: pageSize, from: "newest" } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function inOrder(pages: { pages: TurnPage[] } | undefined): Turn[] {
  const turns = new Map<number, Turn>();
  for (const page of pages?.pages ?? []) for (const turn of page.items) turns.set(turn.turn_index, turn);
  return [...turns.values()].toSorted((a, b) => a.turn_index - b.turn_index);
}

/** Puts turns into the cached session: those known are replaced, new ones join the newest page. */
export function keepTurns(sessionId: string, turns: Turn[]): void {
  const pages = queryClient.getQueryData<Pages>(keys.turns(sessionId));
  if (pages === undefined) return;
  const fresh = new Map(turns.map((turn) => [turn.turn_index, turn]));
  const replaced = pages.pages.map((page) => ({
    ...page,
    items: page.items.map((turn) => {
      const next = fresh.get(turn.turn_index);
      fresh.delete(turn.turn_index);
      return next ?? turn;
    }),
  }));
  const [newestPage, ...older] = replaced;
  if (newestPage === undefined) return;
  const joined = { ...newestPage, items: [...newestPage.items, ...fresh.values()] };
  queryClient.setQueryData<Pages>(keys.turns(sessionId), { ...pages, pages: [joined, ...older] });
}

export interface Message {
  sessionId: string;
  content: string;
  useLibrary: boolean;
}

/** The key of a message whose answer was lost on the way: sent again, it must not be taken twice. */
const unanswered = new Map<string, string>();

export function useSendMessage() {
  return useMutation({
    async mutationFn(message: Message) {
      const identity = JSON.stringify(message);
      const key = unanswered.get(identity) ?? newKey();
      unanswered.set(identity, key);
      const { sessionId, content, useLibrary } = message;
      const call = ok(
        api.POST("/sessions/{session_id}/messages", {
          params: { path: { session_id: sessionId }, header: { "Idempotency-Key": key } },
          body: { content, use_library: useLibrary },
        }),
      );
      const receipt = await call.catch((error: unknown) => {
        if (!isProblem(error, "offline")) unanswered.delete(identity);
        throw error;
      });
      unanswered.delete(identity);
      return receipt;
    },
    onSuccess: (receipt, { sessionId, content }) => keepTurns(sessionId, turnsOf(receipt, sessionId, content)),
  });
}

/** The two turns a submission takes, as the server has them now. */
function turnsOf(receipt: Receipt, sessionId: string, content: string): Turn[] {
  const index = receipt.turn_index ?? 0;
  const common = {
    session_id: sessionId,
    task_id: receipt.task_id,
    status: receipt.status,
    citations: [],
    created_at: new Date().toISOString(),
  };
  return [
    { ...common, id: `${receipt.task_id}-q`, turn_index: index, role: "user", content },
    { ...common, id: `${receipt.task_id}-a`, turn_index: index + 1, role: "assistant", content: "" },
  ];
}

export function useNewSession() {
  return useMutation({ mutationFn: () => ok(api.POST("/sessions", { body: {} })) });
}

/**
 * Keeps a task as it is now told, unless it is already known to have ended: answers can overtake each other. News leave
 * out what was asked; as long as its summary is the same, so is that.
 */
export function keepTask(task: Task): void {
  queryClient.setQueryData<Task>(keys.task(task.task_id), (known) => {
    if (known === undefined) return task;
    if (isOlder(task, known) || !isUnfinished(known.status)) return known;
    return { ...task, asked: task.asked ?? (known.summary === task.summary ? known.asked : null) };
  });
}

export function useCancelTask() {
  return useMutation({
    mutationFn: ({ taskId, pauseSession = false }: { taskId: string; pauseSession?: boolean }) =>
      ok(
        api.POST("/tasks/{task_id}/cancel", {
          params: { path: { task_id: taskId } },
          body: { pause_session: pauseSession },
        }),
      ),
    onSuccess: (task) => {
      keepTask(task);
      if (task.session_id !== null) void queryClient.invalidateQueries({ queryKey: keys.turns(task.session_id) });
    },
  });
}

interface TaskEdit {
  taskId: string;
  content?: string;
  topic?: string;
}

/** Puts other words into what still waits; 409 `not_waiting` once it has started. */
export function useEditTask() {
  return useMutation({
    mutationFn: ({ taskId, ...body }: TaskEdit) =>
      ok(api.PATCH("/tasks/{task_id}", { params: { path: { task_id: taskId } }, body })),
    onSuccess: (task, { content }) => {
      keepTask(task);
      if (task.session_id === null || content === undefined) return;
      const turns = inOrder(queryClient.getQueryData<Pages>(keys.turns(task.session_id)));
      const question = turns.find(({ task_id, role }) => task_id === task.task_id && role === "user");
      if (question !== undefined) keepTurns(task.session_id, [{ ...question, content }]);
    },
    onError: (_, { taskId }) => void queryClient.invalidateQueries({ queryKey: keys.task(taskId) }),
  });
}

/** What was submitted as a task, whole, as the server has it now. */
export async function readAsked(taskId: string): Promise<Task["asked"]> {
  return (await ok(api.GET("/tasks/{task_id}", { params: { path: { task_id: taskId } } }))).asked;
}

export function useResumeSession() {
  return useMutation({
    mutationFn: (id: string) =>
      ok(api.POST("/sessions/{session_id}/resume", { params: { path: { session_id: id } } })),
    onSuccess: (session) => queryClient.setQueryData(keys.session(session.id), session),
  });
}

export function useTask(taskId: string | null) {
  return useQuery({
    queryKey: keys.task(taskId ?? ""),
    enabled: taskId !== null,
    queryFn: ({ signal }) => ok(api.GET("/tasks/{task_id}", { params: { path: { task_id: taskId ?? "" } }, signal })),
  });
}
