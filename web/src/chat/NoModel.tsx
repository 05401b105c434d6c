import { PlugZap } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "~/api/use-config";

/** Says that answers are quotes for now, and how to connect a model. */
export function NoModel() {
  const { t } = useTranslation();
  const { data: config } = useConfig();
  if (config === undefined || config.model !== null) return null;
  return (
    <aside className="mt-6 flex gap-3 rounded-2xl border border-warn-line bg-warn-soft p-4 text-sm">
      <PlugZap size={18} className="mt-0.5 shrink-0 text-warn" aria-hidden />
      <p>
        <strong className="block font-semibold">{t("app.noModel")}</strong>
        {t("app.noModelHow")}
      </p>
    </aside>
  );
}
