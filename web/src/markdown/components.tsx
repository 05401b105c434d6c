import { ImageOff, Square as SquareIcon, SquareCheck } from "lucide-react";
import { type ComponentPropsWithoutRef, isValidElement, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Components } from "react-markdown";
import { CitationChip } from "./CitationChip";
import { Code } from "./Code";

/** How the elements of an answer look where plain HTML does not do. */
export const components: Components = {
  a: Anchor,
  img: Image,
  pre: Pre,
  table: Table,
  input: Box,
  // An answer stands below the headings of its page, whatever level it begins with.
  h1: ({ children }) => <h3 className="h1">{children}</h3>,
  h2: ({ children }) => <h3 className="h2">{children}</h3>,
  h3: ({ children }) => <h4 className="h3">{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
};

function Anchor({ href, children }: ComponentPropsWithoutRef<"a">) {
  const cited = href?.match(/^#cite-(\d+)$/)?.[1];
  if (cited !== undefined) return <CitationChip n={Number(cited)}>{children}</CitationChip>;
  if (href === undefined || href === "") return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

/** Fetching a picture would tell its host who reads what, so it is only named. */
function Image({ alt, src }: ComponentPropsWithoutRef<"img">) {
  const { t } = useTranslation();
  const name = alt || (typeof src === "string" ? src : "");
  return (
    <span className="inline-flex items-center gap-1.5 text-sm text-muted">
      <ImageOff size={15} aria-hidden />
      {t("code.image", { alt: name })}
    </span>
  );
}

/** The box of a task list; the browser's own is a form field without a name. */
function Box({ checked }: ComponentPropsWithoutRef<"input">) {
  const { t } = useTranslation();
  const Icon = checked ? SquareCheck : SquareIcon;
  return (
    <span role="img" aria-label={t(checked ? "code.done" : "code.open")} className="task-box">
      <Icon size={16} aria-hidden />
    </span>
  );
}

export function Pre({ children }: { children?: ReactNode }) {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) return <pre>{children}</pre>;
  const { className, children: text } = children.props;
  const language = /language-([\w+#-]+)/.exec(className ?? "")?.[1] ?? "";
  return <Code language={language} text={String(text ?? "").replace(/\n$/, "")} />;
}

function Table({ children }: ComponentPropsWithoutRef<"table">) {
  const { t } = useTranslation();
  return (
    // Wide tables scroll by themselves, by keyboard too.
    <div className="table-scroll" tabIndex={0} role="group" aria-label={t("code.table")}>
      <table>{children}</table>
    </div>
  );
}
