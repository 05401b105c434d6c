import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { zhCN } from "./zh-CN";

export const languages = { "zh-CN": "简体中文", en: "English" } as const;
export type Language = keyof typeof languages;

const stored = "sluice.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

function preferred(): Language {
  const choice = localStorage.getItem(stored);
  if (choice === "zh-CN" || choice === "en") return choice;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

function show(language: string): void {
  document.documentElement.lang = language;
}

void i18next.use(initReactI18next).init({
  lng: preferred(),
  fallbackLng: false,
  interpolation: { escapeValue: false },
  resources: { en: { translation: en }, "zh-CN": { translation: zhCN } },
});
show(i18next.language);
i18next.on("languageChanged", show);

export function setLanguage(language: Language): void {
  localStorage.setItem(stored, language);
  void i18next.changeLanguage(language);
}
