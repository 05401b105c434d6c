import { cleanup } from "@testing-library/react";
import i18next from "i18next";
import { afterEach } from "vitest";
import { startLanguage } from "~/i18n/index";
import { zhCN } from "~/i18n/zh-CN";

await startLanguage("en");
i18next.addResourceBundle("zh-CN", "translation", zhCN);

afterEach(cleanup);
