/**
 * Worker threads, each with a port of its own for jobs and answers, so that the module of a job may use `parentPort` for
 * itself.
 *
 * No pool of the npm registry stands behind it. Piscina did: it can't tell a running job that it was cancelled, nor
 * end the thread of one without having lost others (its issues 805 and 934); a thread that ends while it starts
 * leaves its job waiting for ever. It is no faster with one job in flight, and slower with many.
 */
import {
  MessageChannel,
  receiveMessageOnPort,
  type Transferable,
  Worker,
  type WorkerOptions,
} from "node:worker_threads";
import { copyAll, copyWith } from "./copy.ts";
import { fromThreadAnswer, type ThreadAnswer, type ThreadJob, toThreadJob } from "./thread-message.ts";
import type { Job } from "./wire.ts";
import type { ThreadData } from "./worker-entry.ts";
import type { WorkerEvents, WorkerKind, WorkerLink } from "./workers.ts";

/** The built package has the same files as `.js`. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js", import.meta.url);

/** A job, and what of it is moved. */
export interface ThreadParcel {
  readonly job: Job;
  readonly moves: Transferable[];
}

export class WorkerThreads implements WorkerKind<ThreadParcel> {
  private readonly _options: WorkerOptions;
  private readonly _prefix: string;
  private _started = 0;

  /** `prefix` is what the threads are called, with a number. */
  constructor(prefix: string, options: WorkerOptions) {
    this._prefix = prefix;
    this._options = options;
  }

  pack(job: Job, moves: Transferable[], waits: boolean): ThreadParcel {
    if (!waits) return { job, moves };
    // The copies have no other holder, so the large parts of them are moved later, not copied again.
    const args = moves.length === 0 ? copyAll(job.args) : copyWith(job.args, moves);
    const context = job.context === undefined ? {} : { context: structuredClone(job.context) };
    return { job: { ...job, args: args.copy, ...context }, moves: args.moves };
  }

  start(events: WorkerEvents, initializer: Job | undefined): WorkerLink<ThreadParcel> {
    return new Thread(`${this._prefix}_${this._started++}`, this._options, initializer, events);
  }
}

class Thread implements WorkerLink<ThreadParcel> {
  private readonly _port;
  private readonly _worker: Worker;
  private readonly _aborted = new Int32Array(new SharedArrayBuffer(4));

  constructor(name: string, options: WorkerOptions, initializer: Job | undefined, events: WorkerEvents) {
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { port: port2, aborted: this._aborted, initializer };
    this._port = port1;
    this._worker = new Worker(ENTRY, { name, ...options, workerData: data, transferList: [port2] });
    this._worker.unref();
    let cause: Error | undefined;
    this._worker.on("error", (error: unknown) => {
      cause = error instanceof Error ? error : new Error(String(error), { cause: error });
    });
    this._worker.on("exit", (code) => {
      // What it sent last may not have been delivered.
      for (let left = receiveMessageOnPort(port1); left !== undefined; left = receiveMessageOnPort(port1)) {
        events.received(fromThreadAnswer(left.message as ThreadAnswer));
      }
      port1.close();
      events.ended(cause ?? new Error(`the thread exited with code ${code}`));
    });
    port1.on("message", (message: ThreadAnswer) => events.received(fromThreadAnswer(message)));
    port1.on("messageerror", (error) => events.unreadable(error));
    // When the thread ends the port closes first, and would leave the process without a reason to wait for the end.
    port1.on("close", () => this._worker.ref());
    port1.unref();
  }

  send({ job, moves }: ThreadParcel): void {
    this._post(toThreadJob(job), moves);
  }

  abort(id: number): void {
    // For one that never awaits, and for one that does.
    Atomics.store(this._aborted, 0, id);
    this._post(id);
  }

  hold(held: boolean): void {
    if (held) this._port.ref();
    else this._port.unref();
  }

  end(): void {
    this.terminate();
  }

  terminate(): void {
    void this._worker.terminate();
  }

  private _post(message: ThreadJob, moves: Transferable[] = []): void {
    this._port.postMessage(message, moves);
  }
}
