import { isUnfinished, type Turn } from "~/api/types";

/** A question with its answer; the two are submitted together and stand at neighbouring indexes. */
export interface Exchange {
  question: Turn | null;
  answer: Turn;
}

export interface Arranged {
  /** What the transcript shows: all that ended, then the one running or next. */
  shown: Exchange[];
  /** What waits behind it, for the tray. */
  queued: Exchange[];
  /** The task that Stop stops. */
  running: Turn | null;
}

export function exchangesOf(turns: Turn[]): Exchange[] {
  const byIndex = new Map(turns.map((turn) => [turn.turn_index, turn]));
  return turns
    .filter(({ role }) => role === "assistant")
    .map((answer) => ({ question: byIndex.get(answer.turn_index - 1) ?? null, answer }));
}

/** Splits a session into transcript and tray. While the session is paused, all that waits is in the tray. */
export function arrange(turns: Turn[], paused: boolean, isRunning: (turn: Turn) => boolean): Arranged {
  const exchanges = exchangesOf(turns);
  const open = exchanges.filter(({ answer }) => isUnfinished(answer.status));
  const running = open.find(({ answer }) => isRunning(answer))?.answer ?? null;
  const head = running === null && paused ? undefined : open[0];
  const queued = open.filter((exchange) => exchange !== head);
  return { shown: exchanges.filter((exchange) => !queued.includes(exchange)), queued, running };
}

/** A question that never got a word of answer because it was taken back. */
export function isWithdrawn({ answer }: Exchange): boolean {
  return answer.status === "cancelled" && answer.content === "";
}
