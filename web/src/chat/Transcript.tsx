import { ArrowDown } from "lucide-react";
import { startTransition, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStickToBottom } from "use-stick-to-bottom";
import { isUnfinished, type Turn } from "~/api/types";
import { Button } from "~/ui/Button";
import { Spinner } from "~/ui/Spinner";
import { Answer } from "./Answer";
import { useGrounding } from "./drafts";
import { type Exchange, isWithdrawn } from "./exchanges";
import { Question } from "./Question";
import { useFreeSlot } from "./use-running";
import { Withdrawn } from "./Withdrawn";

const firstShown = 3;

interface Props {
  exchanges: Exchange[];
  isRunning(turn: Turn): boolean;
  hasEarlier: boolean;
  loadingEarlier: boolean;
  onEarlier(): void;
  onAskAgain(content: string, useLibrary: boolean): void;
}

export function Transcript({ exchanges, isRunning, hasEarlier, loadingEarlier, onEarlier, onAskAgain }: Props) {
  const { t } = useTranslation();
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = useStickToBottom({ initial: "instant", resize: "instant" });
  const grounded = useGrounding(({ on }) => on);
  const freeSlot = useFreeSlot();
  const rendered = useGradually(exchanges);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scrollRef}
        className="h-full overflow-y-auto overscroll-contain"
        tabIndex={0}
        role="region"
        aria-label={t("chat.transcript")}
      >
        <div ref={contentRef} className="mx-auto flex max-w-[46rem] flex-col gap-6 px-4 pt-6 pb-8 md:px-7">
          {hasEarlier && (
            <div className="flex justify-center">
              <Button kind="quiet" size="small" onClick={onEarlier} disabled={loadingEarlier}>
                {loadingEarlier && <Spinner size={14} />}
                {t("chat.earlier")}
              </Button>
            </div>
          )}
          {rendered.map((exchange, at) => {
            const { question, answer } = exchange;
            const askAgain = () => question !== null && onAskAgain(question.content, grounded);
            const running = isRunning(answer);
            const withdrawn = isWithdrawn(exchange);
            return (
              <article key={answer.turn_index} className="flex flex-col gap-4">
                {question !== null && <Question turn={question} faded={withdrawn} />}
                {withdrawn ? (
                  <Withdrawn />
                ) : (
                  <Answer
                    turn={answer}
                    running={running}
                    followed={running || (freeSlot && isUnfinished(answer.status))}
                    last={at === rendered.length - 1}
                    onAskAgain={askAgain}
                  />
                )}
              </article>
            );
          })}
        </div>
      </div>
      {!isAtBottom && (
        <Button
          size="small"
          className="absolute bottom-3 left-1/2 -translate-x-1/2 animate-rise rounded-full shadow-float"
          onClick={() => void scrollToBottom()}
        >
          <ArrowDown size={15} aria-hidden />
          {t("chat.toBottom")}
        </Button>
      )}
    </div>
  );
}

/** The last few at once, the earlier ones when they can be rendered without holding anything up. */
function useGradually(exchanges: Exchange[]): Exchange[] {
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (exchanges.length > 0) startTransition(() => setAll(true));
  }, [exchanges.length]);
  return all ? exchanges : exchanges.slice(-firstShown);
}
