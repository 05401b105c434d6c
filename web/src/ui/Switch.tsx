import type { ReactNode } from "react";

interface Props {
  checked: boolean;
  onChange(checked: boolean): void;
  icon?: ReactNode;
  label: string;
}

/** A toggle that says what it is; the state shows by fill and knob, not by colour alone. */
export function Switch({ checked, onChange, icon, label }: Props) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      title={label}
      onClick={() => onChange(!checked)}
      className="group inline-flex h-10 min-w-0 items-center gap-2 rounded-lg px-2 text-[0.8125rem] text-muted hover:bg-hover hover:text-ink md:h-9"
    >
      {icon}
      <span className="hidden truncate sm:inline">{label}</span>
      <span className="flex h-4 w-7 shrink-0 items-center rounded-full bg-line-strong p-0.5 transition-colors group-aria-checked:bg-accent">
        <span className="size-3 rounded-full bg-surface transition-transform group-aria-checked:translate-x-3" />
      </span>
    </button>
  );
}
