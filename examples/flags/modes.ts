import type { DownloadMany } from "./job.ts";

/** The ways of downloading, from the simplest to the best. Only the one that is used is loaded. */
export const MODES = {
  sequential: () => import("./sequential.ts"),
  threads: () => import("./threads.ts"),
  wait: () => import("./wait.ts"),
  completed: () => import("./completed.ts"),
  executor: () => import("./executor.ts"),
  named: () => import("./named.ts"),
} satisfies Record<string, () => Promise<{ readonly downloadMany: DownloadMany }>>;

export type Mode = keyof typeof MODES;
