import { useState } from "react";
import { calmEta, type Place } from "./eta";

/** A place in the line as it should be shown: its estimate never counts up while the position stays. */
export function useCalmPlace(position: number | null, etaS: number | null): Place {
  const [shown, setShown] = useState<Place>({ position, etaS });
  const next = calmEta(shown, { position, etaS });
  if (next.position !== shown.position || next.etaS !== shown.etaS) setShown(next);
  return next;
}
