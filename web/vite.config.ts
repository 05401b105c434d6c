import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const api = process.env.SLUICE_API ?? "http://127.0.0.1:8000";
const calls = ["config", "sessions", "research", "documents", "search", "tasks", "queue", "admin", "stream", "events"];

/** A classic script in <head>, hashed: the theme and language are set before the first paint, without inline code. */
function earlyScript(): Plugin {
  const path = new URL("./src/app/early.js", import.meta.url);
  let file = "";
  return {
    name: "early-script",
    apply: "build",
    buildStart() {
      file = this.emitFile({ type: "asset", name: "early.js", source: readFileSync(path, "utf8") });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        const name = Object.values(context.bundle ?? {}).find((output) => output.name === "early.js")?.fileName;
        return name === undefined ? html : html.replace("/src/app/early.js", `/${name}`);
      },
    },
    generateBundle() {
      this.getFileName(file);
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), earlyScript()],
  resolve: { alias: { "~": new URL("./src", import.meta.url).pathname } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  worker: { format: "es" },
  server: { port: 5173, proxy: Object.fromEntries(calls.map((call) => [`/${call}`, api])) },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/test-setup.ts"] },
});
