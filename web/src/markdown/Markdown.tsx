import { memo, useMemo, useState } from "react";
import ReactMarkdown, { type Options } from "react-markdown";
import remarkCjkFriendly from "remark-cjk-friendly";
import remarkGfm from "remark-gfm";
import type { Citation } from "~/hub/fold";
import { BlockSplitter, hasMath, normaliseMath } from "./blocks";
import { CitationsContext } from "./CitationChip";
import { components } from "./components";
import { remarkCitations } from "./remark-citations";
import { useMath } from "./use-math";

interface Props {
  text: string;
  citations: Citation[];
  streaming: boolean;
}

const plugins: Options["remarkPlugins"] = [remarkGfm, remarkCjkFriendly, remarkCitations];

/**
 * An answer or a report. Raw HTML is shown as text, links lead only to http(s) and mail addresses, images of other
 * sites are not loaded; mathematics is fetched when a text has some.
 */
export default function Markdown({ text, citations, streaming }: Props) {
  const [splitter] = useState(() => new BlockSplitter());
  const blocks = useMemo(() => splitter.split(text, streaming), [splitter, text, streaming]);
  return (
    <CitationsContext value={citations}>
      <div className="prose" aria-busy={streaming}>
        {blocks.map((block, at) => (
          // Blocks only ever grow at the end, so the place is the identity.
          <Block key={at} text={block} />
        ))}
      </div>
    </CitationsContext>
  );
}

const Block = memo(function Block({ text }: { text: string }) {
  const wanted = hasMath(text);
  const math = useMath(wanted);
  if (!wanted || math === null) {
    return (
      <ReactMarkdown remarkPlugins={plugins} components={components} urlTransform={safeUrl}>
        {text}
      </ReactMarkdown>
    );
  }
  return (
    <ReactMarkdown
      remarkPlugins={[...(plugins ?? []), math.remarkMath]}
      components={math.mathComponents}
      urlTransform={safeUrl}
    >
      {normaliseMath(text)}
    </ReactMarkdown>
  );
});

/** Only what is harmless to follow; everything else becomes no link at all. */
export function safeUrl(url: string): string | null {
  return /^(https?:\/\/|mailto:|#cite-\d+$)/i.test(url.trim()) ? url.trim() : null;
}
