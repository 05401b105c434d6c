import { marked } from "marked";
import remend from "remend";

/**
 * Splits Markdown into its top-level blocks, so that while text streams in only the last one is rendered again.
 * Link definitions apply everywhere, so a text that has some stays one block.
 */
export function splitBlocks(text: string, streaming: boolean): string[] {
  return new BlockSplitter().split(text, streaming);
}

/**
 * Splits a text that grows. What has been split stays as it is but for the last two blocks, which may still join with
 * what comes, so the work for each addition does not grow with the text.
 */
export class BlockSplitter {
  #text = "";
  #raw: string[] = [];
  #whole = false;

  split(text: string, streaming: boolean): string[] {
    const kept = text.startsWith(this.#text) ? this.#raw.slice(0, -4) : [];
    const from = kept.reduce((length, raw) => length + raw.length, 0);
    const tokens = marked.lexer(text.slice(from), { gfm: true });
    this.#whole = (from > 0 && this.#whole) || tokens.some(({ type }) => type === "def");
    this.#text = text;
    this.#raw = [...kept, ...tokens.map(({ raw }) => raw)];
    const blocks = this.#whole ? [text] : this.#raw.filter((raw) => raw.trim() !== "");
    const last = blocks.length - 1;
    if (streaming && last >= 0) blocks[last] = remend(blocks[last] ?? "", { linkMode: "text-only" });
    return blocks;
  }
}

const dollars = /\$\$[^$]+\$\$|(?<![\\$\w])\$(?!\s)[^$\n]*[^\s$\\]\$(?![\d$])/;
const brackets = /\\\([\s\S]+?\\\)|\\\[[\s\S]+?\\\]/g;

/** Whether a block holds mathematics, and not just an amount in dollars: the rule that pandoc has. */
export function hasMath(block: string): boolean {
  if (/^\s*(```|~~~)/.test(block)) return false;
  return dollars.test(block) || block.search(brackets) >= 0;
}

const alone = /^\s*\$\$([^$]+)\$\$\s*$/;

/** `\( … \)`, `\[ … \]` and `$$ … $$` on one line, as many models write them, in the form that the parser knows. */
export function normaliseMath(block: string): string {
  const dollared = block.replaceAll(brackets, (math) => {
    const inner = math.slice(2, -2).trim();
    return math.startsWith("\\[") ? `\n$$\n${inner}\n$$\n` : `$${inner}$`;
  });
  return dollared.replace(alone, (_, inner: string) => `$$\n${inner.trim()}\n$$`);
}
