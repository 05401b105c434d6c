export interface Piece {
  text: string;
  found: boolean;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** Splits a passage at the words of a question, from shortly before the first one. Chinese has no spaces to go by. */
export function marked(passage: string, question: string): Piece[] {
  const words = [...new Set(wordsOf(question))].toSorted((a, b) => b.length - a.length);
  if (words.length === 0) return [{ text: passage, found: false }];
  const pattern = new RegExp(`(${words.map(escape).join("|")})`, "giu");
  const first = passage.search(pattern);
  const from = first > 90 ? passage.indexOf(" ", first - 60) + 1 || first - 60 : 0;
  const shown = (from > 0 && from <= first ? "… " : "") + passage.slice(from <= first ? from : 0);
  return shown
    .split(pattern)
    .map((text, at) => ({ text, found: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

function wordsOf(question: string): string[] {
  const words = [...segmenter.segment(question)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  return words.filter((word) => word.length > 2 || /\P{ASCII}/u.test(word));
}

function escape(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
