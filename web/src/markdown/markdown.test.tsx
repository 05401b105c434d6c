import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { BlockSplitter, hasMath, normaliseMath, splitBlocks } from "./blocks";
import Markdown, { safeUrl } from "./Markdown";

const cite = { n: 1, title: "Manual", passage: "A gate slides.", locator: { page: 3 } };

function show(text: string) {
  return render(<Markdown text={text} citations={[cite]} streaming={false} />).container;
}

describe("Markdown", () => {
  it("shows raw HTML as text", () => {
    const html = "before <img src=x onerror=alert(1)> <b>bold</b>\n\n<script>alert(2)</script>\n\n<iframe src='//evil'></iframe>";
    const container = show(html);
    expect(container.querySelector("img, script, iframe, b")).toBeNull();
    expect(container.textContent).toContain("<script>alert(2)</script>");
  });

  it.each(["javascript:alert(1)", "JaVaScRiPt:alert(1)", " data:text/html,x", "vbscript:x", "//evil.example", "file:///etc"])(
    "makes no link of %s",
    (url) => {
      expect(safeUrl(url)).toBeNull();
      expect(show(`[here](<${url}>)`).querySelector("a")).toBeNull();
    },
  );

  it("opens web links in a tab that cannot look back", () => {
    const link = show("[here](https://example.org/a)").querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://example.org/a");
    expect(link?.rel).toBe("noopener noreferrer");
  });

  it("never loads an image, only names it", () => {
    const container = show("![a cat](https://example.org/cat.png) ![](data:image/png;base64,xx)");
    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).toContain("a cat");
  });

  it("makes a chip of a known source, and leaves other numbers and code alone", () => {
    const container = show("A gate [1], an array `a[1]`, an unknown [9].");
    expect(screen.getAllByRole("button")).toHaveLength(1);
    expect(screen.getByRole("button", { name: /Manual/ })).toBeTruthy();
    expect(container.textContent).toContain("a[1]");
    expect(container.textContent).toContain("[9]");
  });

  it("keeps markup inside code as it is", () => {
    const code = show("```js\nconst x = '<b>';\n```").querySelector("pre code");
    expect(code?.textContent).toBe("const x = '<b>';");
    expect(code?.querySelector("b")).toBeNull();
  });

  it("keeps strong text beside Chinese punctuation", () => {
    expect(show("这是**“水闸”**的说明。").querySelector("strong")?.textContent).toBe("“水闸”");
  });
});

describe("splitBlocks", () => {
  const text = "# Title\n\npara one\n\n- a\n- b\n\n```py\nx = 1\n\ny = 2\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n";

  it("cuts between blocks and loses nothing", () => {
    const blocks = splitBlocks(text, false);
    expect(blocks).toHaveLength(5);
    expect(blocks.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
  });

  it("leaves finished blocks alone while text comes in", () => {
    const early = splitBlocks(text.slice(0, 40), true);
    const late = splitBlocks(text, true);
    expect(late.slice(0, early.length - 1)).toEqual(early.slice(0, -1));
  });

  it("comes to the same by growing as at once", () => {
    const splitter = new BlockSplitter();
    const long = `${text}\nword [1]\n\n1. one\n\n   more\n2. two\n\n> quote\ngoes on\n\nend\n===\n`.repeat(3);
    for (let at = 1; at <= long.length; at++) {
      expect(splitter.split(long.slice(0, at), false)).toEqual(splitBlocks(long.slice(0, at), false));
    }
  });

  it("starts over when the text is another", () => {
    const splitter = new BlockSplitter();
    splitter.split("# One\n\ntwo\n\nthree\n\nfour", false);
    expect(splitter.split("other\n\ntext", false)).toEqual(["other", "text"]);
  });

  it("closes what is half written at the end", () => {
    expect(splitBlocks("so **bold", true)).toEqual(["so **bold**"]);
  });

  it("keeps a text with link definitions whole", () => {
    expect(splitBlocks("see [a]\n\nmore\n\n[a]: https://example.org", false)).toHaveLength(1);
  });
});

describe("mathematics", () => {
  it.each(["so $x^2$ is", "$$a+b$$", "\\(a\\) is", "\\[\na\n\\]", "设 $x$ 为"])("is found in %s", (block) => {
    expect(hasMath(block)).toBe(true);
  });

  it.each(["it costs $5 and $10", "from $5 to$6", "US$5 or US$6", "```sh\necho $a $b\n```", "plain"])(
    "is not found in %s",
    (block) => {
      expect(hasMath(block)).toBe(false);
    },
  );

  it("is brought to the dollar form", () => {
    expect(normaliseMath("a \\(x\\) b")).toBe("a $x$ b");
    expect(normaliseMath("$$x$$")).toBe("$$\nx\n$$");
  });
});
