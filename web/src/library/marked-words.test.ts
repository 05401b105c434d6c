import { describe, expect, it } from "vitest";
import { marked } from "./marked-words";

const found = (passage: string, question: string) =>
  marked(passage, question).filter((piece) => piece.found).map((piece) => piece.text);

describe("marked", () => {
  it("finds whole words, whatever their case, and passes over small ones", () => {
    expect(found("The Gate is a gate of iron.", "of the gate")).toEqual(["The", "Gate", "gate"]);
    expect(found("It is on", "is it on")).toEqual([]);
  });

  it("finds Chinese words inside a sentence", () => {
    expect(found("河道上的水闸控制流量。", "水闸")).toEqual(["水闸"]);
  });

  it("takes signs in a question for signs", () => {
    expect(() => marked("a (b) c++ [d]", "c++ (b) [d] .*")).not.toThrow();
  });

  it("begins shortly before the first find, and loses nothing after it", () => {
    const passage = `${"word ".repeat(60)}here is the sluice and more`;
    const text = marked(passage, "sluice").map((piece) => piece.text).join("");
    expect(text.startsWith("… ")).toBe(true);
    expect(text.endsWith("here is the sluice and more")).toBe(true);
    expect(text.length).toBeLessThan(110);
  });

  it("shows a passage without a find from its beginning", () => {
    expect(marked("nothing here", "xyz")).toEqual([{ text: "nothing here", found: false }]);
  });
});
