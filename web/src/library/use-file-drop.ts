import { useEffect, useEffectEvent } from "react";

/** Takes files dropped anywhere on the page. `onOver`: whether files are being held over it now. */
export function useFileDrop(onFiles: (files: File[]) => void, onOver: (over: boolean) => void): void {
  const files = useEffectEvent(onFiles);
  const isOver = useEffectEvent(onOver);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const move = (change: number) => (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = Math.max(0, depth + change);
      isOver(depth > 0);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      isOver(false);
      files([...(event.dataTransfer?.files ?? [])]);
    };
    const [enter, leave, over] = [move(1), move(-1), move(0)];
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener as EventListener);
    };
  }, []);
}
