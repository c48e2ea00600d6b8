/** One of the two sides that are compared: runs programs in a thread of its own, which may hang or die. */
import { Worker } from "node:worker_threads";
import type { Program } from "../program.ts";

/** The trace; or, as a string, why there is none. */
export type Outcome = string[] | string;

/** What a thread is sent, as JSON; it answers with an outcome for each program. */
export interface Job {
  programs: readonly Program[];
  /** Names of accidents to be mended: see `reference/programs/repairs.py`. Nothing to the library here. */
  repairs: readonly string[];
}

export interface Runner {
  run(programs: readonly Program[], repairs?: readonly string[]): Promise<Outcome[]>;
}

interface Limits {
  /** Milliseconds a thread has to get ready. */
  start: number;
  /** Milliseconds a program may take, when it has the thread to itself. */
  program: number;
}

export class Side implements Runner {
  readonly #url: URL;
  readonly #limits: Limits;
  #worker: Promise<Worker> | undefined;

  constructor(url: URL, limits: Limits) {
    this.#url = url;
    this.#limits = limits;
  }

  /** Runs the programs, all together if that can be; the one that breaks a thread is found out and named. */
  async run(programs: readonly Program[], repairs: readonly string[] = []): Promise<Outcome[]> {
    const together = await this.#ask({ programs, repairs }, this.#limits.program * (programs.length > 1 ? 4 : 1));
    if (typeof together !== "string") return together;
    if (programs.length === 1) return [together];
    const outcomes: Outcome[] = [];
    for (const program of programs) {
      const alone = await this.#ask({ programs: [program], repairs }, this.#limits.program);
      outcomes.push(typeof alone === "string" ? alone : (alone[0] as Outcome));
    }
    return outcomes;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await (await worker)?.terminate();
  }

  async #ask(job: Job, limit: number): Promise<Outcome[] | string> {
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    worker.postMessage(JSON.stringify(job));
    const answer = await next(worker, limit);
    if ("message" in answer) return JSON.parse(answer.message as string) as Outcome[];
    await this.close();
    return answer.problem;
  }

  async #start(): Promise<Worker> {
    // What a dying CPython prints is of no use; its recursion must not end the thread before it ends itself.
    const worker = new Worker(this.#url, { stdout: true, stderr: true, resourceLimits: { stackSizeMb: 64 } });
    const ready = await next(worker, this.#limits.start);
    if ("message" in ready) return worker;
    await worker.terminate();
    throw new Error(`${this.#url.pathname} did not start: ${ready.problem}`);
  }
}

type Answer = { message: unknown } | { problem: string };

/** What comes next from the thread: a message, its end, or nothing in time. */
function next(worker: Worker, limit: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const message = (value: unknown) => resolve({ message: value });
  const error = (reason: unknown) => resolve({ problem: `broke down: ${String(reason).split("\n", 1)[0]}` });
  const exit = () => resolve({ problem: "broke down" });
  const timer = setTimeout(() => resolve({ problem: `still running after ${limit} ms` }), limit);
  worker.once("message", message).once("error", error).once("exit", exit);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", message).off("error", error).off("exit", exit);
  });
}
