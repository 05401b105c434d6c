import "~/i18n/index";
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { preloadMarkdown } from "~/markdown/lazy";
import { App } from "./App";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");

preloadMarkdown();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
