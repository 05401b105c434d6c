import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startLanguage } from "~/i18n/index";
import { preloadMarkdown } from "~/markdown/lazy";
import { App } from "./App";

async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("The page has no #root.");
  await startLanguage();
  preloadMarkdown();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

// Not awaited: what is fetched later may import from here, and would wait for it.
void start();
