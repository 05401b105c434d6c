import "katex/dist/katex.min.css";
import katex from "katex";
import { type ComponentPropsWithoutRef, isValidElement, useLayoutEffect, useRef } from "react";
import type { Components } from "react-markdown";
import { components, Pre } from "./components";

export { default as remarkMath } from "remark-math";

/** The usual elements, with mathematics drawn where the parser marked some. */
export const mathComponents: Components = { ...components, code: MathCode, pre: MathPre };

function MathCode({ className, children }: ComponentPropsWithoutRef<"code">) {
  if (className?.includes("math-inline")) return <Tex source={String(children)} display={false} />;
  return <code className={className}>{children}</code>;
}

function MathPre({ children }: ComponentPropsWithoutRef<"pre">) {
  if (isValidElement<ComponentPropsWithoutRef<"code">>(children) && children.props.className?.includes("math-display")) {
    return <Tex source={String(children.props.children)} display />;
  }
  return <Pre>{children}</Pre>;
}

/** KaTeX builds elements here rather than markup, whose style attributes a strict CSP would refuse. */
function Tex({ source, display }: { source: string; display: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (place.current === null) return;
    try {
      katex.render(source, place.current, { displayMode: display, throwOnError: true, trust: false, strict: false });
    } catch {
      // Half a formula while it streams: the last whole one stays, or its source where there was none.
      if (place.current.querySelector(".katex") === null) place.current.textContent = source;
    }
  }, [source, display]);
  return <span ref={place} className={display ? "block" : undefined} />;
}
