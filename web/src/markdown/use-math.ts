import { useEffect, useState } from "react";

type Math = typeof import("./math");

let loaded: Math | null = null;

/** The pieces that render mathematics, fetched the first time they are wanted; null until they are here. */
export function useMath(wanted: boolean): Math | null {
  const [math, setMath] = useState(loaded);
  useEffect(() => {
    if (!wanted || math !== null) return;
    let current = true;
    void import("./math").then((module) => {
      loaded = module;
      if (current) setMath(module);
    });
    return () => {
      current = false;
    };
  }, [wanted, math]);
  return math;
}
