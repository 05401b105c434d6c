import { useId } from "react";

interface Props {
  legend: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange(value: string): void;
  hideLegend?: boolean;
}

/** One of a few: radio buttons that look like a divided bar. */
export function Segmented({ legend, value, options, onChange, hideLegend = false }: Props) {
  const name = useId();
  return (
    <fieldset>
      <legend className={hideLegend ? "sr-only" : "mb-1.5 text-[0.8125rem] text-muted"}>{legend}</legend>
      <div className="inline-flex rounded-lg border border-line bg-sunken p-0.5">
        {options.map(([option, label]) => (
          <label
            key={option}
            className="flex h-10 items-center rounded-md px-3 md:h-[2.125rem] text-sm text-muted transition-colors has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={option}
              checked={value === option}
              onChange={() => onChange(option)}
              className="sr-only"
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
