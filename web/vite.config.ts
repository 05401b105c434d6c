import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const api = process.env.SLUICE_API ?? "http://127.0.0.1:8000";
const calls = ["config", "sessions", "research", "documents", "search", "tasks", "queue", "admin", "stream", "events"];

/** A classic script in <head>, hashed: the theme and language are set before the first paint, without inline code. */
function earlyScript(): Plugin {
  const source = "/src/app/early.js";
  let built = "";
  return {
    name: "early-script",
    buildStart() {
      if (this.environment.mode !== "build") return;
      const content = readFileSync(new URL(`.${source}`, import.meta.url), "utf8");
      built = this.emitFile({ type: "asset", name: "early.js", source: content });
    },
    generateBundle() {
      built = `/${this.getFileName(built)}`;
    },
    transformIndexHtml: {
      order: "post",
      handler: (_, { server }) => [
        { tag: "script", attrs: { src: server === undefined ? built : source }, injectTo: "head-prepend" },
      ],
    },
  };
}

/** Every browser that runs this page reads woff2, so KaTeX's older font files are left out. */
function modernFonts(): Plugin {
  return {
    name: "modern-fonts",
    enforce: "pre",
    transform: (code, id) =>
      id.includes("katex") && id.endsWith(".css") ? code.replaceAll(/,url\([^)]+\.(?:woff|ttf)\) format\("[^"]+"\)/g, "") : null,
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), earlyScript(), modernFonts()],
  resolve: { alias: { "~": new URL("./src", import.meta.url).pathname } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  worker: { format: "es" },
  server: { port: 5173, proxy: Object.fromEntries(calls.map((call) => [`/${call}`, api])) },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    // Separate processes are slow to start on a small, busy machine.
    pool: "threads",
    testTimeout: 20_000,
    restoreMocks: true,
  },
});
