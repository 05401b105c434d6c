import { useQuery } from "@tanstack/react-query";
import { api, ok } from "./client";
import { keys } from "./keys";

export function useConfig() {
  return useQuery({ queryKey: keys.config, queryFn: ({ signal }) => ok(api.GET("/config", { signal })) });
}
