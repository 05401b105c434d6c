import { lazy } from "react";
import { Navigate, Route, Routes } from "react-router";
import { ChatView, Missing } from "~/chat/ChatView";
import { Welcome } from "~/chat/Welcome";
import { Shell } from "./Shell";

const LibraryView = lazy(() => import("~/library/LibraryView"));
const ResearchHome = lazy(() => import("~/research/ResearchHome"));
const ResearchView = lazy(() => import("~/research/ResearchView"));

/** Below /app, since the API has /sessions, /research and the like at the same origin. */
export function AppRoutes() {
  return (
    <Routes>
      <Route path="/app" element={<Shell />}>
        <Route index element={<Welcome />} />
        <Route path="chat/:id" element={<ChatView />} />
        <Route path="research" element={<ResearchHome />} />
        <Route path="research/:taskId" element={<ResearchView />} />
        <Route path="library" element={<LibraryView />} />
        <Route path="*" element={<Missing />} />
      </Route>
      <Route path="*" element={<Navigate to="/app" replace />} />
    </Routes>
  );
}
