/**
 * Worker processes. Each has a pipe of its own for jobs and answers, not Node's IPC channel: `process.send` and
 * `process.on("message")` are left to the modules of the jobs, and a job's bytes are made once, when it is submitted.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Transferable } from "node:worker_threads";
import { decodeThrown } from "./decode-error.ts";
import { type Frame, FrameReader, type PackedFrame, packFrame } from "./frames.ts";
import { OrphanGuard } from "./orphan-guard.ts";
import { ProcessEnd } from "./process-end.ts";
import type { FromProcess, ToProcess } from "./process-wire.ts";
import type { Job } from "./wire.ts";
import type { WorkerEvents, WorkerKind, WorkerLink } from "./workers.ts";

/** The built package has the same files as `.js`. */
const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./process-worker-entry.ts" : "./process-worker-entry.js", import.meta.url),
);

/** The channel is the first file after those of the standard streams. */
const CHANNEL = 3;

/**
 * How long a process may take to exit when it is told to (ms), before it gets a SIGTERM; and then, before a SIGKILL.
 */
const EXIT_PATIENCE = 2000;
const TERM_PATIENCE = 1000;

/** How processes are started. */
export interface ProcessSettings {
  /** What `ps` shows beside the file. */
  readonly title: string;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly cwd: string | undefined;
}

/** Starts them, and sees to it that none is left when this process is killed. */
export class WorkerProcesses implements WorkerKind<PackedFrame> {
  private readonly _settings: ProcessSettings;
  private readonly _live = new Set<WorkerProcess>();
  private _guard: OrphanGuard | undefined;
  private _guardGone: Promise<void> | undefined;

  constructor(settings: ProcessSettings) {
    this._settings = settings;
  }

  pack(job: Job, moves: readonly Transferable[]): PackedFrame {
    return packFrame(job satisfies ToProcess, moves);
  }

  start(events: WorkerEvents, initializer: Job | undefined): WorkerLink<PackedFrame> {
    const started = new WorkerProcess(this._settings, initializer, {
      received: events.received,
      unreadable: events.unreadable,
      ended: (cause) => {
        this._ended(started);
        events.ended(cause);
      },
    });
    this._live.add(started);
    // Not before it is on its way: nobody waits for the guard.
    setImmediate(() => this._watch(started));
    return started;
  }

  /** Those that have not ended. */
  live(): readonly WorkerProcess[] {
    return [...this._live];
  }

  /** Resolves when nothing more is left of those that have ended. */
  async gone(): Promise<void> {
    await this._guardGone;
  }

  private _watch(started: WorkerProcess): void {
    const { pid } = started;
    if (process.platform === "win32" || pid === undefined || !this._live.has(started)) return;
    this._guard ??= new OrphanGuard();
    this._guardGone = this._guard.ended;
    this._guard.add(pid);
  }

  private _ended(worker: WorkerProcess): void {
    this._live.delete(worker);
    if (worker.pid !== undefined) this._guard?.remove(worker.pid);
    if (this._live.size > 0) return;
    this._guard?.end();
    this._guard = undefined;
  }
}

/** One process, as its pool sees it. */
export class WorkerProcess implements WorkerLink<PackedFrame> {
  private readonly _child: ChildProcess | undefined;
  private readonly _channel: Socket | undefined;
  private readonly _events: WorkerEvents;
  /** What nobody caught there: if the process ends now, this is why. */
  private _uncaught: unknown;
  private _ended = false;
  private _timer: NodeJS.Timeout | undefined;

  constructor(settings: ProcessSettings, initializer: Job | undefined, events: WorkerEvents) {
    this._events = events;
    const greeting = packFrame({ initializer } satisfies ToProcess);
    try {
      this._child = start(settings);
    } catch (error) {
      // Some failures are thrown, others are events.
      process.nextTick(() => this._end(new ProcessEnd(undefined, null, null, error)));
      return;
    }
    const child = this._child;
    child.on("error", (error) => {
      if (child.pid === undefined) this._end(new ProcessEnd(undefined, null, null, error));
    });
    // Not "exit": what it sent last may not have been read by then.
    child.on("close", (exitCode, signal) => this._end(new ProcessEnd(child.pid, exitCode, signal, this._uncaught)));
    // Where no file can be opened any more there is none, and "error" follows.
    this._channel = child.stdio?.[CHANNEL] as Socket | undefined;
    if (this._channel !== undefined) this._open(this._channel, greeting);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this._child?.pid;
  }

  send(frame: PackedFrame): void {
    this._uncaught = undefined;
    this._write(frame);
  }

  abort(id: number): void {
    this._write(packFrame({ abort: id } satisfies ToProcess));
  }

  hold(held: boolean): void {
    if (held) {
      this._child?.ref();
      this._channel?.ref();
    } else {
      this._child?.unref();
      this._channel?.unref();
    }
  }

  /** Tell it to exit, which it does between two jobs: at once if it has none. */
  end(): void {
    this._channel?.end();
    this._goOn(EXIT_PATIENCE, () => this.terminate());
  }

  terminate(): void {
    this._child?.kill("SIGTERM");
    this._goOn(TERM_PATIENCE, () => this.kill());
  }

  /** End it by a signal that it can't refuse. */
  kill(): void {
    this._child?.kill("SIGKILL");
    this._goOn(0, undefined);
  }

  /** Its end is waited for, and hastened if it has not come by then. */
  private _goOn(patience: number, hasten: (() => void) | undefined): void {
    if (this._ended) return;
    this.hold(true);
    clearTimeout(this._timer);
    this._timer = hasten === undefined ? undefined : setTimeout(hasten, patience);
  }

  private _open(channel: Socket, greeting: PackedFrame): void {
    const reader = new FrameReader(
      (frame) => this._receive(frame),
      // Somebody else wrote there: what it does now can't be known.
      (error) => {
        this._uncaught = error;
        this.kill();
      },
    );
    channel.on("data", (chunk: Buffer) => reader.push(chunk));
    // A write to one that has just ended: its end is told by "close".
    channel.on("error", () => {});
    this.hold(false);
    this._write(greeting);
  }

  private _write(frame: PackedFrame): void {
    for (const part of frame) this._channel?.write(part);
  }

  private _receive(frame: Frame): void {
    let message: FromProcess;
    try {
      message = frame.value() as FromProcess;
    } catch (error) {
      this._events.unreadable(error);
      return;
    }
    if ("uncaught" in message) this._uncaught = decodeThrown(message.uncaught);
    else this._events.received(message);
  }

  private _end(cause: ProcessEnd): void {
    if (this._ended) return;
    this._ended = true;
    clearTimeout(this._timer);
    this._events.ended(cause);
  }
}

function start({ title, execPath, execArgv, env, cwd }: ProcessSettings): ChildProcess {
  return spawn(execPath, [...execArgv, ENTRY, title], {
    cwd,
    env,
    // Output goes where this process's goes. Overlapped: what Windows needs, and the same as "pipe" elsewhere.
    stdio: ["ignore", "inherit", "inherit", "overlapped"],
    windowsHide: true,
  });
}
