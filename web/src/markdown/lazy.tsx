import { lazy, Suspense } from "react";
import type { Citation } from "~/hub/fold";

/** Where they cannot be fetched, the text is shown as it was written. */
const load = () => import("./Markdown").catch(() => ({ default: Plain }));
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
    <Suspense fallback={<Plain {...props} />}>
      <Markdown {...props} />
    </Suspense>
  );
}

function Plain({ text }: Props) {
  return <div className="whitespace-pre-wrap">{text}</div>;
}
