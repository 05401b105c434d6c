import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { BrowserRouter, useNavigate } from "react-router";
import { queryClient } from "~/api/query-client";
import { ErrorBoundary } from "./ErrorBoundary";
import { startLiveUpdates } from "./live-updates";
import { AppRoutes } from "./routes";

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <LiveUpdates />
          <AppRoutes />
        </BrowserRouter>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}

function LiveUpdates() {
  const navigate = useNavigate();
  useEffect(() => startLiveUpdates((id) => void navigate(`/app/chat/${id}`)), [navigate]);
  return null;
}
