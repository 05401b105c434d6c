import { useState } from "react";
import { isUnfinished, type Turn } from "~/api/types";
import { Answer } from "./Answer";
import { type Exchange, isWithdrawn } from "./exchanges";
import { Question } from "./Question";
import { Withdrawn } from "./Withdrawn";

interface Props {
  /** The answers to one question, oldest first. */
  versions: Exchange[];
  last: boolean;
  /** Nothing of the session waits or runs, so a question asked again would be answered next. */
  idle: boolean;
  freeSlot: boolean;
  isRunning(turn: Turn): boolean;
  onAskAgain(exchange: Exchange): void;
}

/** A question with its answer: the newest one, until another is chosen. */
export function ExchangeView({ versions, last, idle, freeSlot, isRunning, onAskAgain }: Props) {
  const [chosen, setChosen] = useState({ at: versions.length - 1, of: versions.length });
  const at = chosen.of === versions.length ? chosen.at : versions.length - 1;
  const exchange = versions[at] ?? versions[0];
  if (exchange === undefined) return null;
  const { question, answer } = exchange;
  const running = isRunning(answer);
  const withdrawn = isWithdrawn(exchange);
  return (
    <article className="flex flex-col gap-4">
      {question !== null && <Question turn={question} answer={answer} faded={withdrawn} />}
      {withdrawn ? (
        <Withdrawn />
      ) : (
        <Answer
          key={answer.turn_index}
          turn={answer}
          running={running}
          followed={running || (freeSlot && isUnfinished(answer.status))}
          last={last}
          again={last && idle}
          onAskAgain={() => onAskAgain(exchange)}
          version={{ at, of: versions.length, choose: (next) => setChosen({ at: next, of: versions.length }) }}
        />
      )}
    </article>
  );
}
