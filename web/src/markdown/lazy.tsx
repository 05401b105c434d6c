import { lazy, Suspense } from "react";
import type { Citation } from "~/hub/fold";

const load = () => import("./Markdown");
const Markdown = lazy(load);

/** Fetches the Markdown pieces before the first answer needs them. */
export function preloadMarkdown(): void {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 300));
  idle(() => void load());
}

interface Props {
  text: string;
  citations: Citation[];
  streaming: boolean;
}

export function LazyMarkdown(props: Props) {
  return (
    <Suspense fallback={<div className="whitespace-pre-wrap">{props.text}</div>}>
      <Markdown {...props} />
    </Suspense>
  );
}
