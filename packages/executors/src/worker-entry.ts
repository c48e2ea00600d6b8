/** What a worker thread starts with: it takes jobs from the port that it was given. */
import { type MessagePort, workerData } from "node:worker_threads";
import { watchAborts } from "./current-job.ts";
import { JobRunner } from "./run-job.ts";
import { fromThreadJob, type ThreadJob, toThreadAnswer } from "./thread-message.ts";
import type { Job } from "./wire.ts";

/** What `worker-threads.ts` gives to a thread. */
export interface ThreadData {
  readonly port: MessagePort;
  readonly aborted: Int32Array;
  readonly initializer: Job | undefined;
}

const { port, aborted, initializer } = workerData as ThreadData;
watchAborts(aborted);
const runner = new JobRunner({
  send: (message, moves) => port.postMessage(toThreadAnswer(message), moves),
  copy: structuredClone,
});
await runner.begin(initializer);
port.on("messageerror", (error) => runner.unreadable(error));
port.on("message", (message: ThreadJob) => runner.receive(fromThreadJob(message)));
