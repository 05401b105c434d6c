interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
}

const marker = /\[(\d{1,3})\]/g;
const opaque = new Set(["link", "linkReference", "definition", "code", "inlineCode", "math", "inlineMath"]);

/** Makes links to `#cite-n` of the `[n]` in running text. */
export function remarkCitations() {
  return (tree: Node): void => visit(tree);
}

function visit(node: Node): void {
  if (node.children === undefined || opaque.has(node.type)) return;
  node.children = node.children.flatMap((child) => (child.type === "text" ? split(child) : [child]));
  node.children.forEach(visit);
}

function split(node: Node): Node[] {
  const text = node.value ?? "";
  const parts: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(marker)) {
    // The word joiner keeps the chip on the line of the word it belongs to.
    const before = text.slice(from, match.index).trimEnd();
    if (match.index > from) parts.push({ type: "text", value: `${before}\u2060` });
    parts.push({ type: "link", url: `#cite-${match[1]}`, children: [{ type: "text", value: match[0] }] });
    from = match.index + match[0].length;
  }
  if (parts.length === 0) return [node];
  if (from < text.length) parts.push({ type: "text", value: text.slice(from) });
  return parts;
}
