import { type PointerEvent, useRef, useState } from "react";
import { create } from "zustand";

interface Drag {
  taskId: string;
  /** The task of mine it would stand before; null: behind all. */
  before: string | null;
}

/** Which waiting task is being dragged, and to where. */
export const useDrag = create<{ drag: Drag | null }>(() => ({ drag: null }));

const threshold = 5;

/** Dragging a row of mine by its handle, with mouse, pen or finger. `onDrop` gets the task to stand before. */
export function useDragHandle(taskId: string, onDrop: (before: string | null) => void) {
  const from = useRef<number | null>(null);
  const [dragging, setDragging] = useState(false);

  function end(): void {
    from.current = null;
    setDragging(false);
    useDrag.setState({ drag: null });
  }

  return {
    dragging,
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        if (event.button !== 0) return;
        from.current = event.clientY;
        event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        if (from.current === null) return;
        if (!dragging && Math.abs(event.clientY - from.current) < threshold) return;
        setDragging(true);
        useDrag.setState({ drag: { taskId, before: placeAt(event, taskId) } });
      },
      onPointerUp() {
        const { drag } = useDrag.getState();
        if (drag !== null) swallowClick();
        if (drag !== null && drag.before !== taskId) onDrop(drag.before);
        end();
      },
      onPointerCancel: end,
    },
  };
}

/** The row of mine whose middle is below the pointer; the dragged one itself means: where it was. */
function placeAt(event: PointerEvent<HTMLElement>, taskId: string): string | null {
  const list = event.currentTarget.closest("ol");
  const rows = [...(list?.querySelectorAll<HTMLElement>("[data-mine=true]") ?? [])];
  const ids = rows.map(({ dataset }) => dataset.task ?? null);
  const below = rows.findIndex((row) => {
    const { top, height } = row.getBoundingClientRect();
    return event.clientY < top + height / 2;
  });
  const at = ids.indexOf(taskId);
  return below === at + 1 ? taskId : below < 0 ? (at === ids.length - 1 ? taskId : null) : (ids[below] ?? null);
}

/** A drag ends with a click on its handle, which is not meant to open the menu. */
function swallowClick(): void {
  const swallow = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
}
