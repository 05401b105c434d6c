/** The names of everything in the query cache. */
export const keys = {
  config: ["config"] as const,
  sessions: ["sessions"] as const,
  foundSessions: (q: string) => ["found-sessions", q] as const,
  session: (id: string) => ["session", id] as const,
  turns: (id: string) => ["turns", id] as const,
  queue: ["queue"] as const,
  documents: ["documents"] as const,
  research: ["research"] as const,
  task: (id: string) => ["task", id] as const,
  search: (q: string) => ["search", q] as const,
};
