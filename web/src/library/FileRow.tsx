import { clsx } from "clsx";
import { File, FileCode, FileSpreadsheet, FileText, Presentation } from "lucide-react";
import type { ReactNode, Ref } from "react";

interface Props {
  name: string;
  title: string;
  facts: ReactNode;
  actions: ReactNode;
  below?: ReactNode;
  wanted?: boolean;
  ref?: Ref<HTMLLIElement>;
}

/** One file: what it is called, what is known of it, what can be done with it. */
export function FileRow({ name, title, facts, actions, below, wanted = false, ref }: Props) {
  return (
    <li ref={ref} className={clsx("flex items-start gap-3.5 py-3 transition-colors", wanted && "-mx-3 rounded-xl bg-accent-soft px-3")}>
      <FileIcon name={name} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium" title={title}>
          {title}
        </p>
        <div className="text-[0.8125rem] text-muted">{facts}</div>
        {below}
      </div>
      <div className="flex shrink-0 items-center gap-0.5">{actions}</div>
    </li>
  );
}

function FileIcon({ name }: { name: string }) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const look = { size: 20, className: "mt-0.5 shrink-0 text-muted", "aria-hidden": true } as const;
  if (["xlsx", "csv"].includes(ending)) return <FileSpreadsheet {...look} />;
  if (["html", "htm", "md"].includes(ending)) return <FileCode {...look} />;
  if (ending === "pptx") return <Presentation {...look} />;
  return ["pdf", "docx", "txt", "epub"].includes(ending) ? <FileText {...look} /> : <File {...look} />;
}
