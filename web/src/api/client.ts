import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw Problem.offline();
  }),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer; any other becomes a thrown `Problem`. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw Problem.from(response.status, error);
  return data as T;
}

/** A key for `Idempotency-Key`. `crypto.randomUUID` is missing on a plain-HTTP address of the local network. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
