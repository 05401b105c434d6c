import { Settings2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "~/api/use-config";
import { type Language, languages, setLanguage } from "~/i18n/index";
import { Menu, MenuChoice, MenuLine } from "~/ui/Menu";
import { setTheme, type Theme, useTheme } from "./theme";

const languageOptions = Object.entries(languages) as [Language, string][];

export function SettingsMenu() {
  const { t, i18n } = useTranslation();
  const theme = useTheme((state) => state.theme);
  const { data: config } = useConfig();
  const themes: [Theme, string][] = [
    ["system", t("app.themeSystem")],
    ["light", t("app.themeLight")],
    ["dark", t("app.themeDark")],
  ];
  const model = config?.model ?? t("app.noModel");
  const who = config === undefined || config.auth_mode === "open" ? t("app.settings") : config.user;
  return (
    <Menu
      trigger={(props) => (
        <button
          type="button"
          {...props}
          aria-label={t("app.settings")}
          className="flex min-h-11 w-full items-center gap-3 rounded-lg px-3 py-1 text-left text-sm transition-colors hover:bg-hover"
        >
          <Settings2 size={17} className="shrink-0 text-muted" aria-hidden />
          <span className="min-w-0 leading-tight">
            <span className="block truncate">{who}</span>
            {config !== undefined && <span className="block truncate text-xs text-muted">{model}</span>}
          </span>
        </button>
      )}
    >
      <MenuChoice label={t("app.language")} value={i18n.language as Language} options={languageOptions} onChange={(language) => void setLanguage(language)} />
      <MenuLine />
      <MenuChoice label={t("app.theme")} value={theme} options={themes} onChange={setTheme} />
      {config !== undefined && (
        <>
          <MenuLine />
          <p className="px-2.5 py-1 text-xs text-muted">Sluice {config.version}</p>
        </>
      )}
    </Menu>
  );
}
