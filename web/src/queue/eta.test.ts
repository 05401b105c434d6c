import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { calmEta, etaWords, placeWords } from "./eta";

const en = i18next.getFixedT("en");
const zh = i18next.getFixedT("zh-CN");

describe("estimates", () => {
  it.each([
    [0, "a few seconds"],
    [5, "a few seconds"],
    [6, "about 10 seconds"],
    [31, "about 40 seconds"],
    [50, "about 50 seconds"],
    [60, "about 1 minute"],
    [91, "about 2 minutes"],
    [3_500, "about 58 minutes"],
    [3_600, "about 1 hour"],
    [9_000, "about 2 hours"],
  ])("%d s is %s", (seconds, words) => expect(etaWords(seconds, en)).toBe(words));

  it("says nothing when it is not known", () => {
    expect(etaWords(null, en)).toBeNull();
    expect(placeWords({ position: 3, etaS: null }, zh)).toBe("第 3 位");
  });

  it("names the place with it", () => {
    expect(placeWords({ position: 3, etaS: 38 }, zh)).toBe("第 3 位，约 40 秒");
    expect(placeWords({ position: 3, etaS: 38 }, en)).toBe("Position 3, about 40 seconds");
    expect(placeWords({ position: 1, etaS: null }, en)).toBe("Next in line");
    expect(placeWords({ position: 1, etaS: null }, en, true)).toBe("Position 1");
    expect(placeWords({ position: null, etaS: null }, en)).toBe("Waiting in line");
  });

  it("never counts up in the same place", () => {
    const shown = { position: 2, etaS: 30 };
    expect(calmEta(shown, { position: 2, etaS: 45 }).etaS).toBe(30);
    expect(calmEta(shown, { position: 2, etaS: 20 }).etaS).toBe(20);
    expect(calmEta(shown, { position: 3, etaS: 45 }).etaS).toBe(45);
    expect(calmEta(shown, { position: 2, etaS: null }).etaS).toBeNull();
  });
});
