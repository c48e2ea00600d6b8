import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { type EventLoop, type Future, HostCallback, type TimerHandle } from "yieldfrom";
import { whenClosed } from "./loop-end.ts";
import { ProcessLookupError } from "./process-errors.ts";
import {
  type Command,
  nameOf,
  type ProcessOptions,
  type StopOptions,
  type SubprocessOptions,
} from "./process-options.ts";
import { checkedStop, numberOf, send } from "./process-signals.ts";
import { BaseProtocol, Protocol, type SubprocessProtocol } from "./protocols.ts";
import { ReadPipeTransport } from "./read-pipe.ts";
import { SubprocessTransport } from "./transports.ts";
import { WritePipeTransport } from "./write-pipe.ts";

/** One of the child's standard streams, where it is a pipe. */
interface Pipe {
  readonly transport: ReadPipeTransport | WritePipeTransport;
  lost: boolean;
}

/**
 * A child process and its pipes. Source: asyncio `BaseSubprocessTransport`.
 *
 * P1. The protocol is told of nothing before `connectionMade`; what happens earlier is held back.
 * P2. Exit and pipes come in any order. The transport is finished when the exit was seen and every pipe is gone; then, an
 *     iteration later, `connectionLost` is called and those in `wait()` go on.
 * P3. A pipe is gone when its end was read: while nobody reads and much is left in it, it is not; nor while another process,
 *     a grandchild for one, has it open.
 */
export class ChildTransport extends SubprocessTransport {
  /** @internal */ readonly _command: Command;
  private readonly _loop: EventLoop;
  private readonly _child: ChildProcess;
  private readonly _leads: boolean;
  private _protocol: SubprocessProtocol;
  private _returnCode: number | null = null;
  private readonly _pipes = new Map<number, Pipe>();
  /** P1; `null` when the protocol is connected. */
  private _heldBack: (() => void)[] | null = [];
  private _closed = false;
  private _finished = false;
  private _gone = false;
  private readonly _waiters = new Set<Future<void>>();
  private _stopping: TimerHandle | null = null;
  private readonly _forgetSignal: () => void;
  private readonly _forgetLoop: () => void;
  private readonly _connecting: Future<void>;

  constructor(
    loop: EventLoop,
    protocol: SubprocessProtocol,
    child: ChildProcess,
    command: Command,
    options: SubprocessOptions & Pick<ProcessOptions, "killOnCancel">,
  ) {
    super();
    this._loop = loop;
    this._protocol = protocol;
    this._child = child;
    this._command = command;
    this._leads = options.startNewSession ?? false;
    const { stdin, stdout, stderr } = child;
    if (stdin !== null) this._add(0, new WritePipeTransport(loop, stdin, new StdinProtocol(this)));
    const hooks = { onPause: () => this._nobodyReads() };
    if (stdout !== null) this._add(1, new ReadPipeTransport(loop, stdout, new OutputProtocol(this, 1), hooks));
    if (stderr !== null) this._add(2, new ReadPipeTransport(loop, stderr, new OutputProtocol(this, 2), hooks));
    const exited = new HostCallback<number>(loop, (returnCode) => this._exited(returnCode));
    child.once("exit", (code, signal) => exited.call(signal === null ? (code ?? 255) : -constants.signals[signal]));
    this._forgetSignal = this._obey(options.signal, options.killOnCancel);
    this._forgetLoop = whenClosed(loop, () => this._orphaned());
    this._connecting = loop.createFuture();
    loop.callSoon(() => this._connected());
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  override getExtraInfo(name: string, fallback?: unknown): never {
    return (name === "subprocess" ? this._child : fallback) as never;
  }

  override setProtocol(protocol: BaseProtocol): void {
    this._protocol = protocol as SubprocessProtocol;
  }

  override getProtocol(): SubprocessProtocol {
    return this._protocol;
  }

  override getPid(): number {
    return this._child.pid as number;
  }

  override getReturnCode(): number | null {
    return this._returnCode;
  }

  override getPipeTransport(fd: number): ReadPipeTransport | WritePipeTransport | null {
    return this._pipes.get(fd)?.transport ?? null;
  }

  override sendSignal(signal: NodeJS.Signals | number): void {
    const number = numberOf(signal);
    if (this._gone) {
      throw new ProcessLookupError(`${this} has ended: look at its returnCode before it is sent ${signal}`);
    }
    this._signal(number, false);
  }

  override terminate(): void {
    this.sendSignal("SIGTERM");
  }

  override kill(): void {
    this.sendSignal("SIGKILL");
  }

  /** Closes its pipes, and ends the process with SIGKILL if it still runs. */
  override close(): void {
    if (this._closed) return;
    this._closed = true;
    for (const { transport } of this._pipes.values()) transport.close();
    if (this._returnCode !== null) return;
    try {
      this._signal(constants.signals.SIGKILL, this._leads);
    } catch {
      // It runs as another user: as asyncio, which leaves it alone.
    }
  }

  override isClosing(): boolean {
    return this._closed;
  }

  override toString(): string {
    const state = this._returnCode === null ? "running" : `returnCode=${this._returnCode}`;
    return `<process ${this.getPid()} ${nameOf(this._command)} ${state}>`;
  }

  /**
   * @internal Asks it to end, and makes it after the grace. The grace also is for its pipes: what it wrote in time can be read
   * to the end; what nobody reads is dropped as soon as it has ended.
   */
  _stop(options: StopOptions = {}): void {
    const { signal, grace } = checkedStop(options);
    if (this._gone || this._closed) return;
    const stopping = this._loop.callLater(grace, () => this._stopNow());
    // Of several who ask, each is heard, and the most impatient decides when it is enough.
    const isSooner = this._stopping === null || stopping.when() < this._stopping.when();
    (isSooner ? this._stopping : stopping)?.cancel();
    if (isSooner) this._stopping = stopping;
    if (this._returnCode === null) this._signal(signal, this._leads);
    else this._nobodyReads();
  }

  /** @internal Ends it, its group if it leads one, and its pipes, now. */
  _stopNow(): void {
    if (this._gone) return;
    // What it has started may have outlived it, and holds the group's number as long.
    if (this._leads) this._signal(constants.signals.SIGKILL, true);
    this.close();
  }

  /** @internal To be awaited: done when the protocol was told that it is connected. */
  _connection(): Future<void> {
    return this._connecting;
  }

  /** @internal To be awaited: done when it is finished (P2). */
  _end(): Future<void> {
    const waiter = this._loop.createFuture<void>();
    if (this._gone) waiter.setResult();
    else this._waiters.add(waiter);
    return waiter;
  }

  /** @internal */
  _forget(waiter: Future<void>): void {
    this._waiters.delete(waiter);
  }

  /** @internal */
  _pipeData(fd: number, data: Buffer): void {
    this._tell(() => this._protocol.pipeDataReceived(fd, data));
  }

  /** @internal */
  _pipeLost(fd: number, error: Error | null): void {
    const pipe = this._pipes.get(fd);
    if (pipe !== undefined) pipe.lost = true;
    this._tell(() => this._protocol.pipeConnectionLost(fd, error));
    this._maybeFinish();
  }

  private _add(fd: number, transport: Pipe["transport"]): void {
    this._pipes.set(fd, { transport, lost: false });
  }

  private _connected(): void {
    const held = this._heldBack ?? [];
    this._heldBack = null;
    this._loop.callSoon(() => this._protocol.connectionMade(this));
    for (const event of held) this._loop.callSoon(event);
    this._loop.callSoon(() => this._connecting.done() || this._connecting.setResult());
  }

  private _tell(event: () => void): void {
    if (this._heldBack !== null) this._heldBack.push(event);
    else this._loop.callSoon(event);
  }

  private _exited(returnCode: number): void {
    this._returnCode = returnCode;
    this._tell(() => this._protocol.processExited());
    if (this._stopping !== null) this._nobodyReads();
    this._maybeFinish();
  }

  private _maybeFinish(): void {
    if (this._finished || this._returnCode === null) return;
    for (const { lost } of this._pipes.values()) if (!lost) return;
    this._finished = true;
    this._tell(() => this._lose());
  }

  private _lose(): void {
    this._gone = true;
    this._closed = true;
    this._stopping?.cancel();
    this._forgetSignal();
    this._forgetLoop();
    try {
      this._protocol.connectionLost(null);
    } finally {
      for (const waiter of this._waiters) if (!waiter.done()) waiter.setResult();
      this._waiters.clear();
    }
  }

  /** What an ended process has left in a pipe that nobody reads would keep it, and who stops it, waiting. */
  private _nobodyReads(): void {
    if (this._stopping === null || this._returnCode === null) return;
    for (const { transport } of this._pipes.values()) {
      if (transport instanceof WritePipeTransport || !transport.isReading()) transport.close();
    }
  }

  /** Its loop was closed: nobody will ever see to it. */
  private _orphaned(): void {
    const ran = this._returnCode === null && !this._closed;
    this._forgetSignal();
    this.close();
    if (!ran) return;
    const message = `${this} was still running when its event loop was closed, and was killed: wait for it, stop() it, or write \`using\``;
    this._loop.callExceptionHandler({ message, transport: this });
  }

  /** @param toGroup also to what it has started */
  private _signal(signal: number, toGroup: boolean): void {
    const pid = this.getPid();
    // Its number may be another process's by now.
    if (!toGroup && this._child.exitCode === null && this._child.signalCode === null) send(pid, signal);
    else if (toGroup) send(-pid, signal);
  }

  private _obey(signal: AbortSignal | undefined, how: ProcessOptions["killOnCancel"]): () => void {
    if (signal === undefined) return () => {};
    const stop = () => {
      if (!this._loop.isClosed()) this._stop(typeof how === "object" ? how : {});
    };
    signal.addEventListener("abort", stop);
    return () => signal.removeEventListener("abort", stop);
  }
}

class StdinProtocol extends BaseProtocol {
  private readonly _owner: ChildTransport;

  constructor(owner: ChildTransport) {
    super();
    this._owner = owner;
  }

  override pauseWriting(): void {
    this._owner.getProtocol().pauseWriting();
  }

  override resumeWriting(): void {
    this._owner.getProtocol().resumeWriting();
  }

  override connectionLost(error: Error | null): void {
    this._owner._pipeLost(0, error);
  }
}

class OutputProtocol extends Protocol {
  private readonly _owner: ChildTransport;
  private readonly _fd: number;

  constructor(owner: ChildTransport, fd: number) {
    super();
    this._owner = owner;
    this._fd = fd;
  }

  override dataReceived(data: Buffer): void {
    this._owner._pipeData(this._fd, data);
  }

  override connectionLost(error: Error | null): void {
    this._owner._pipeLost(this._fd, error);
  }
}
