export interface Step {
  step: string;
  label: string;
  done: number;
  total: number | null;
}

export interface Citation {
  n: number;
  document_id?: string | null;
  url?: string | null;
  title: string;
  passage: string;
  locator?: Record<string, unknown> | null;
}

export type Phase = "unknown" | "waiting" | "running" | "completed" | "failed" | "cancelled" | "gone";

/** Everything known of one task from its stream. `lastSeq` is the id of the last event folded in. */
export interface TaskState {
  taskId: string;
  phase: Phase;
  lastSeq: number;
  attempt: number;
  text: string;
  reasoning: string;
  steps: Step[];
  citations: Citation[];
  position: number | null;
  size: number | null;
  etaS: number | null;
  model: string | null;
  waitedMs: number | null;
  error: { code: string; message: string } | null;
  result: Record<string, unknown> | null;
}

export interface StreamEvent {
  event: string;
  id: number | null;
  data: Record<string, unknown>;
}

/** A logged event did not follow the one before it: the stream must be read again from `lastSeq`. */
export class Gap extends Error {}

export function emptyTask(taskId: string): TaskState {
  return {
    taskId,
    phase: "unknown",
    lastSeq: 0,
    attempt: 0,
    text: "",
    reasoning: "",
    steps: [],
    citations: [],
    position: null,
    size: null,
    etaS: null,
    model: null,
    waitedMs: null,
    error: null,
    result: null,
  };
}

export function isOver(state: TaskState): boolean {
  return ["completed", "failed", "cancelled", "gone"].includes(state.phase);
}

/**
 * The state after one event. A logged event at or below `lastSeq` changes nothing (the same object comes back);
 * one that skips ahead throws `Gap`, unless it is a snapshot, which replaces everything.
 */
export function fold(state: TaskState, { event, id, data }: StreamEvent): TaskState {
  if (id === null) return event === "queue.position" ? withPosition(state, data) : state;
  if (id <= state.lastSeq) return state;
  if (event === "stream.snapshot") return fromSnapshot(state, id, data);
  if (id > state.lastSeq + 1 && !(isTerminal(event) && state.phase === "unknown")) throw new Gap();
  const attempt = typeof data.attempt === "number" ? data.attempt : state.attempt;
  return { ...logged(state, event, data), lastSeq: id, attempt };
}

function isTerminal(event: string): boolean {
  return event === "task.completed" || event === "task.failed" || event === "task.cancelled";
}

function logged(state: TaskState, event: string, data: Record<string, unknown>): TaskState {
  switch (event) {
    case "task.started":
      return {
        ...running(state),
        model: (data.model as string | null) ?? null,
        waitedMs: (data.waited_ms as number | null) ?? null,
      };
    case "task.delta":
      return data.channel === "reasoning"
        ? { ...running(state), reasoning: state.reasoning + String(data.text) }
        : { ...running(state), text: state.text + String(data.text) };
    case "task.progress":
      return { ...running(state), steps: withStep(state.steps, data as unknown as Step) };
    case "task.citation":
      return { ...running(state), citations: withCitation(state.citations, data as unknown as Citation) };
    case "task.reset":
      return reset(state, Number(data.keep));
    case "task.completed":
      return { ...state, phase: "completed", result: resultOf(data) };
    case "task.failed":
      return { ...state, phase: "failed", result: resultOf(data), error: data.error as TaskState["error"] };
    case "task.cancelled":
      return { ...state, phase: "cancelled", result: resultOf(data) };
    default:
      return state;
  }
}

function running(state: TaskState): TaskState {
  return { ...state, phase: "running", position: null, etaS: null };
}

function resultOf(data: Record<string, unknown>): Record<string, unknown> | null {
  return (data.result as Record<string, unknown> | null | undefined) ?? null;
}

function withPosition(state: TaskState, data: Record<string, unknown>): TaskState {
  if (isOver(state)) return state;
  const { position, size, eta_s: etaS } = data as { position: number | null; size: number; eta_s: number | null };
  return { ...state, phase: "waiting", position, size, etaS };
}

function withStep(steps: Step[], { step, label, done, total }: Step): Step[] {
  const next = { step, label, done, total };
  const at = steps.findIndex((known) => known.step === step);
  return at < 0 ? [...steps, next] : steps.with(at, next);
}

function withCitation(citations: Citation[], citation: Citation): Citation[] {
  const others = citations.filter((known) => known.n !== citation.n);
  return [...others, citation].toSorted((a, b) => a.n - b.n);
}

function fromSnapshot(state: TaskState, id: number, data: Record<string, unknown>): TaskState {
  return {
    ...running(state),
    lastSeq: id,
    attempt: typeof data.attempt === "number" ? data.attempt : state.attempt,
    text: String(data.text ?? ""),
    reasoning: String(data.reasoning ?? ""),
    steps: (data.steps as Step[] | undefined) ?? [],
    citations: (data.citations as Citation[] | undefined) ?? [],
    model: (data.model as string | null | undefined) ?? state.model,
    waitedMs: (data.waited_ms as number | null | undefined) ?? state.waitedMs,
  };
}

/** `keep` counts characters as the server does, by code point; a JavaScript string counts UTF-16 units. */
function reset(state: TaskState, keep: number): TaskState {
  const text = [...state.text].slice(0, keep).join("");
  return keep === 0 ? { ...running(state), text: "", reasoning: "", citations: [] } : { ...running(state), text };
}
