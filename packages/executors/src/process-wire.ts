import type { Encoded, FromWorker, Job, ToWorker } from "./wire.ts";

/** What a worker process is sent: first what to begin with, then what any worker is sent. */
export type ToProcess = Greeting | ToWorker;

/** The first message. */
export interface Greeting {
  readonly initializer: Job | undefined;
}

/** What it sends: what any worker does, and what nobody caught there. */
export type FromProcess = FromWorker | Uncaught;

/** The process will end by this, unless a handler of the job's module decides otherwise. */
export interface Uncaught {
  readonly uncaught: Encoded;
}
