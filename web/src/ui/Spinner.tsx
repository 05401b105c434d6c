import { Hourglass, LoaderCircle } from "lucide-react";

interface Props {
  label?: string;
  size?: number;
}

export function Spinner({ label, size = 16 }: Props) {
  return (
    <span className="inline-flex shrink-0 text-accent" role={label === undefined ? undefined : "img"} aria-label={label}>
      <LoaderCircle size={size} className="animate-spin" aria-hidden />
    </span>
  );
}

export function Waiting({ label, size = 16 }: Props) {
  return (
    <span className="inline-flex shrink-0 text-muted" role={label === undefined ? undefined : "img"} aria-label={label}>
      <Hourglass size={size} aria-hidden />
    </span>
  );
}
