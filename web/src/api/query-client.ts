import { QueryClient } from "@tanstack/react-query";
import { isProblem } from "./problem";

/** The feed tells of every change, so nothing is fetched again on its own but what failed for want of a server. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      networkMode: "always",
      retry: (count, error) => isProblem(error) && (error.status === 0 || error.status >= 502) && count < 3,
      retryDelay: (count) => Math.min(4_000, 500 * 2 ** count),
    },
    mutations: { networkMode: "always" },
  },
});
