interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
  data?: { hName: string; hProperties: Record<string, string> };
}

const marker = /\[(\d{1,3})\]/g;
const opaque = new Set(["link", "linkReference", "definition", "code", "inlineCode", "math", "inlineMath"]);

/** Makes links to `#cite-n` of the `[n]` in running text, each kept on one line with the end of the word before it. */
export function remarkCitations() {
  return (tree: Node): void => visit(tree);
}

function visit(node: Node): void {
  if (node.children === undefined || opaque.has(node.type)) return;
  node.children = node.children.flatMap((child) => (child.type === "text" ? split(child) : [child]));
  for (const child of node.children) if (child.data === undefined) visit(child);
}

function split(node: Node): Node[] {
  const text = node.value ?? "";
  const parts: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(marker)) {
    const before = text.slice(from, match.index).trimEnd();
    // As it was written, for a number that turns out to be no source.
    const written = text.slice(from + before.length, match.index + match[0].length);
    const link: Node = { type: "link", url: `#cite-${match[1]}`, children: [{ type: "text", value: written }] };
    const last = parts.at(-1);
    if (before === "" && last?.children !== undefined) last.children.push(link);
    else parts.push(...together(before, link));
    from = match.index + match[0].length;
  }
  if (parts.length === 0) return [node];
  if (from < text.length) parts.push({ type: "text", value: text.slice(from) });
  return parts;
}

function together(before: string, link: Node): Node[] {
  const end = /[^\s\u2e80-\uffef]{1,12}$|\S$/u.exec(before)?.[0] ?? "";
  const start = before.slice(0, before.length - end.length);
  const children = end === "" ? [link] : [{ type: "text", value: end }, link];
  const group: Node = { type: "emphasis", children, data: { hName: "span", hProperties: { className: "cite" } } };
  return start === "" ? [group] : [{ type: "text", value: start }, group];
}
