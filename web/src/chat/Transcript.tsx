import { ArrowDown } from "lucide-react";
import { startTransition, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Turn } from "~/api/types";
import { Button } from "~/ui/Button";
import { Spinner } from "~/ui/Spinner";
import { useFocusKept } from "~/ui/use-focus-back";
import type { Exchange } from "./exchanges";
import { ExchangeView } from "./ExchangeView";
import { useFollowEnd } from "./use-follow-end";
import { useFreeSlot } from "./use-running";
import { versionsOf } from "./versions";

const firstShown = 3;

interface Props {
  exchanges: Exchange[];
  isRunning(turn: Turn): boolean;
  hasEarlier: boolean;
  loadingEarlier: boolean;
  onEarlier(): void;
  /** Nothing of the session waits or runs. */
  idle: boolean;
  onAskAgain(exchange: Exchange): void;
}

export function Transcript({ exchanges, isRunning, hasEarlier, loadingEarlier, onEarlier, idle, onAskAgain }: Props) {
  const { t } = useTranslation();
  const { scroller, content, atEnd, toEnd } = useFollowEnd();
  const freeSlot = useFreeSlot();
  const place = useFocusKept<HTMLDivElement>("[role=region]");
  const groups = useGradually(useMemo(() => versionsOf(exchanges), [exchanges]));

  return (
    <div ref={place} className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        className="h-full overflow-y-auto overscroll-contain"
        tabIndex={0}
        role="region"
        aria-label={t("chat.transcript")}
      >
        <div ref={content} className="mx-auto flex max-w-[46rem] flex-col gap-6 px-4 pt-6 pb-8 md:px-7">
          {hasEarlier && (
            <div className="flex justify-center">
              <Button kind="quiet" size="small" onClick={onEarlier} disabled={loadingEarlier}>
                {loadingEarlier && <Spinner size={14} />}
                {t("chat.earlier")}
              </Button>
            </div>
          )}
          {groups.map((versions, at) => (
            <ExchangeView
              key={versions[0]?.answer.turn_index}
              versions={versions}
              last={at === groups.length - 1}
              idle={idle}
              freeSlot={freeSlot}
              isRunning={isRunning}
              onAskAgain={onAskAgain}
            />
          ))}
        </div>
      </div>
      {!atEnd && (
        <Button
          size="small"
          className="absolute bottom-3 left-1/2 -translate-x-1/2 animate-rise rounded-full shadow-float"
          onClick={toEnd}
        >
          <ArrowDown size={15} aria-hidden />
          {t("chat.toBottom")}
        </Button>
      )}
    </div>
  );
}

/** The last few at once, the earlier ones when they can be rendered without holding anything up. */
function useGradually(groups: Exchange[][]): Exchange[][] {
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (groups.length > 0) startTransition(() => setAll(true));
  }, [groups.length]);
  return all ? groups : groups.slice(-firstShown);
}
