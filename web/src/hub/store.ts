import { create } from "zustand";
import type { TaskState } from "./fold";
import type { Link } from "./protocol";

interface Live {
  tasks: Record<string, TaskState>;
  link: Link;
}

/** The live half of the state: streams being followed by this tab. Everything else is in the query cache. */
export const useLive = create<Live>(() => ({ tasks: {}, link: "connecting" }));
