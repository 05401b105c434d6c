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
        {inParts(blocks).map((part, at) => (
          // Blocks only ever grow at the end, so the place is the identity.
          <Part key={at} blocks={part} />
        ))}
      </div>
    </CitationsContext>
  );
}

const partSize = 8;

function inParts(blocks: string[]): string[][] {
  const count = Math.ceil(blocks.length / partSize);
  return Array.from({ length: count }, (_, at) => blocks.slice(at * partSize, (at + 1) * partSize));
}

/** Some blocks together, so that what is settled is compared, laid out and painted as few things and not as many. */
const Part = memo(
  function Part({ blocks }: { blocks: string[] }) {
    return (
      <div className="part">
        {blocks.map((block, at) => (
          <Block key={at} text={block} />
        ))}
      </div>
    );
  },
  (before, after) =>
    before.blocks.length === after.blocks.length && before.blocks.every((block, at) => block === after.blocks[at]),
);

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
