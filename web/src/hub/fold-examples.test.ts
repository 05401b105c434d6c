import { expect, it } from "vitest";
import { emptyTask, fold, type StreamEvent } from "./fold";
import examples from "./fold-examples.json";

/** The server folds the same events; its tests hold it against the same file. */
it.each(examples)("folds $name as the server does", ({ events, state }) => {
  const told: StreamEvent[] = events.map(({ event, data }) => ({ event, id: data.seq, data }));
  const after = told.reduce(fold, emptyTask("t"));
  expect(after).toMatchObject({
    text: state.text,
    reasoning: state.reasoning,
    steps: state.steps,
    citations: state.citations,
    lastSeq: state.last,
    phase: "completed",
    result: { turn: { content: state.text } },
  });
});
