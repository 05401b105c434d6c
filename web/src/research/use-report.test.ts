import { describe, expect, it } from "vitest";
import { withoutSources } from "./use-report";

describe("withoutSources", () => {
  it.each([
    ["Text [1].\n\n## Sources\n\n- [1] Gates\n- [2] Weirs\n", "Text [1].\n\n"],
    ["文字 [1]。\n\n## 来源\n\n- [1] 闸门", "文字 [1]。\n\n"],
    ["Text.\n\n## Sources consulted\n\n- [1] Gates\n\n## Remarks\n\n- One.", "Text.\n\n\n## Remarks\n\n- One."],
    ["## Sources of water\n\n- rain\n", "## Sources of water\n\n- rain\n"],
  ])("takes the list out of %j", (text, rest) => expect(withoutSources(text)).toBe(rest));
});
