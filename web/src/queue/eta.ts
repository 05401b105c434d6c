import type { TFunction } from "i18next";

export interface Place {
  position: number | null;
  etaS: number | null;
}

/**
 * An estimate in words, rounded up so that it promises nothing it cannot keep: to 10 s below a minute, then whole
 * minutes, then hours. Null when the estimate is unknown.
 */
export function etaWords(etaS: number | null, t: TFunction): string | null {
  if (etaS === null || !Number.isFinite(etaS)) return null;
  if (etaS <= 5) return t("wait.fewSeconds");
  if (etaS <= 50) return t("wait.seconds", { count: Math.ceil(etaS / 10) * 10 });
  if (etaS <= 3_570) return t("wait.minutes", { count: Math.ceil((etaS - 30) / 60) || 1 });
  return t("wait.hours", { count: Math.ceil((etaS - 1_800) / 3_600) || 1 });
}

/** The estimate to show after `shown`: it never counts up while the place in the line stays the same. */
export function calmEta(shown: Place | null, next: Place): Place {
  const stays = shown !== null && shown.position === next.position && shown.etaS !== null && next.etaS !== null;
  return stays && next.etaS! > shown.etaS! ? { ...next, etaS: shown.etaS } : next;
}

/** "Position 3, about 40 seconds", or as much of it as is known. `held`: it is not next, though it stands first. */
export function placeWords({ position, etaS }: Place, t: TFunction, held = false): string {
  const eta = etaWords(etaS, t);
  if (position === null) return t("wait.waiting");
  if (position === 1 && !held) return eta === null ? t("wait.next") : t("wait.nextEta", { eta });
  return eta === null ? t("wait.position", { position }) : t("wait.positionEta", { position, eta });
}
