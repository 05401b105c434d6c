import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { formatBytes, formatDuration, formatLocator, formatWhen } from "./format";
import { zhCN } from "./zh-CN";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string" ? [[path + key, value]] : Object.entries(flat(value, `${path}${key}.`)),
    ),
  );
}

const english = flat(en);
const chinese = flat(zhCN);
const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).toSorted();

describe("languages", () => {
  it("have the same keys, but for plural forms that Chinese does not have", () => {
    const expected = Object.keys(english).filter((key) => !key.endsWith("_one"));
    expect(Object.keys(chinese).toSorted()).toEqual(expected.toSorted());
  });

  it.each(Object.keys(chinese))("use the same variables in %s, and leave nothing empty", (key) => {
    expect(variables(chinese[key] ?? "")).toEqual(variables(english[key] ?? ""));
    expect(chinese[key]).not.toBe("");
    expect(english[key]).not.toBe("");
  });

  it("pick the plural form of the language", () => {
    const [inEnglish, inChinese] = [i18next.getFixedT("en"), i18next.getFixedT("zh-CN")];
    expect([inEnglish("library.pages", { count: 1 }), inEnglish("library.pages", { count: 2 })]).toEqual(["1 page", "2 pages"]);
    expect(inChinese("library.pages", { count: 1 })).toBe("1 页");
  });
});

describe("format", () => {
  it("says lengths of time", () => {
    expect(formatDuration(1_500, "en")).toBe("1.5s");
    expect(formatDuration(65_000, "en")).toBe("1m 5s");
    expect(formatDuration(3_780_000, "en")).toBe("1h 3m");
    expect(formatDuration(12_000, "zh-CN")).toBe("12秒");
  });

  it("says sizes", () => {
    expect(formatBytes(100 * 1024 * 1024, "en")).toBe("100\u00a0MB");
    expect(formatBytes(1_536, "en")).toBe("1.5\u00a0kB");
    expect(formatBytes(0, "en")).toBe("0\u00a0bytes");
  });

  it("says the time of today and the date of other days", () => {
    const now = new Date(2026, 10, 22, 12);
    expect(formatWhen(new Date(2026, 10, 22, 9, 5).toISOString(), "en", now)).toMatch(/9:05|09:05/);
    expect(formatWhen(new Date(2026, 9, 3).toISOString(), "en", now)).toBe("Oct 3");
    expect(formatWhen(new Date(2025, 9, 3).toISOString(), "en", now)).toBe("Oct 3, 2025");
  });

  it("says where a passage stands, as far as it is known", () => {
    const t = i18next.getFixedT("en");
    expect(formatLocator({ page: 3, heading: "Gates" }, t)).toBe("page 3 · Gates");
    expect(formatLocator({ heading: "" }, t)).toBe("");
    expect(formatLocator(null, t)).toBe("");
  });
});
