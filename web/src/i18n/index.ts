import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { en } from "./en";

export const languages = { "zh-CN": "简体中文", en: "English" } as const;
export type Language = keyof typeof languages;

const stored = "sluice.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** The words of a language; only those that are shown are fetched. */
async function words(language: Language): Promise<object> {
  return language === "en" ? (await import("./en")).en : (await import("./zh-CN")).zhCN;
}

function preferred(): Language {
  const choice = localStorage.getItem(stored);
  if (choice === "zh-CN" || choice === "en") return choice;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

function show(language: string): void {
  document.documentElement.lang = language;
}

/** Makes ready the language that was chosen, else the browser's. */
export async function startLanguage(language: Language = preferred()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    interpolation: { escapeValue: false },
    resources: { [language]: { translation: await words(language) } },
  });
  show(language);
  i18next.on("languageChanged", show);
}

export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(stored, language);
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await words(language));
  }
  await i18next.changeLanguage(language);
}
