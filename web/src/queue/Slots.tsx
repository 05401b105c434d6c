import { useTranslation } from "react-i18next";

const mostDrawn = 12;

/** The gate: one bar a slot, filled while somebody holds it. */
export function Slots({ used, limit }: { used: number; limit: number }) {
  const { t } = useTranslation();
  return (
    <div className="px-5 pt-4 pb-3">
      {limit <= mostDrawn && (
        <div className="mb-2 flex gap-1.5" aria-hidden>
          {Array.from({ length: Math.max(limit, used) }, (_, slot) => (
            <span
              key={slot}
              className={`h-1.5 flex-1 rounded-full transition-colors duration-500 ${slot < used ? "bg-accent" : "bg-line"}`}
            />
          ))}
        </div>
      )}
      <p className="text-sm text-muted tabular-nums">{t("queue.slots", { used, limit })}</p>
    </div>
  );
}
