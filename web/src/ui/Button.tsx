import { cva, type VariantProps } from "class-variance-authority";
import { clsx } from "clsx";
import type { ButtonHTMLAttributes, Ref } from "react";

const look = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors disabled:opacity-50",
  {
    variants: {
      kind: {
        primary: "bg-accent text-on-accent hover:bg-accent-hover",
        plain: "border border-line bg-surface text-ink hover:bg-hover",
        quiet: "text-muted hover:bg-hover hover:text-ink",
        danger: "bg-danger-fill text-white hover:opacity-90",
      },
      size: {
        normal: "h-10 px-4 text-sm",
        small: "h-10 px-3 text-sm md:h-8 md:px-2.5 md:text-[0.8125rem]",
        icon: "size-10",
        iconSmall: "size-10 md:size-8",
      },
    },
    defaultVariants: { kind: "plain", size: "normal" },
  },
);

type Props = ButtonHTMLAttributes<HTMLButtonElement> & VariantProps<typeof look> & { ref?: Ref<HTMLButtonElement> };

export function Button({ kind, size, className, type = "button", ...rest }: Props) {
  return <button type={type} className={clsx(look({ kind, size }), className)} {...rest} />;
}

type IconProps = Omit<Props, "aria-label"> & { label: string };

/** A button that shows only an icon: its name is for screen readers and as a tooltip. */
export function IconButton({ label, kind = "quiet", size = "iconSmall", ...rest }: IconProps) {
  return <Button kind={kind} size={size} aria-label={label} title={label} {...rest} />;
}
