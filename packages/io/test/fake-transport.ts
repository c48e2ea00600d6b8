import { type EventLoop, getRunningLoop } from "yieldfrom";
import { type BaseProtocol, type FlowMarks, type MarkOptions, Transport } from "../src/index.ts";
import { WriteMarks } from "../src/write-marks.ts";

/** A transport to nowhere, in whose place a test sends and receives by hand; `calls` is the log of what it was asked. */
export class FakeTransport extends Transport {
  readonly calls: string[] = [];
  readonly written: string[] = [];
  /** What waits to be sent: all that was written and not taken by `send`. */
  waiting = 0;
  private readonly _loop = getRunningLoop();
  private readonly _marks = new WriteMarks(this);
  private _protocol: BaseProtocol;
  private _closing = false;
  private _reading = true;
  private readonly _extra: Record<string, unknown>;

  constructor(protocol: BaseProtocol, extra: Record<string, unknown> = {}) {
    super();
    this._protocol = protocol;
    this._extra = extra;
  }

  /** So many of the waiting bytes are on their way. */
  send(bytes: number): void {
    this.waiting -= bytes;
    this._marks.shrunk(this.waiting);
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  override getExtraInfo(name: string, fallback?: unknown): undefined {
    return (this._extra[name] ?? fallback) as undefined;
  }

  override getProtocol(): BaseProtocol {
    return this._protocol;
  }

  override setProtocol(protocol: BaseProtocol): void {
    this._protocol = protocol;
  }

  override close(): void {
    this.calls.push("close");
    this._end(null);
  }

  override abort(): void {
    this.calls.push("abort");
    this._end(null);
  }

  /** Loses the connection, in the next iteration. */
  lose(error: Error | null): void {
    this._end(error);
  }

  override isClosing(): boolean {
    return this._closing;
  }

  override isReading(): boolean {
    return this._reading;
  }

  override pauseReading(): void {
    this.calls.push("pauseReading");
    this._reading = false;
  }

  override resumeReading(): void {
    this.calls.push("resumeReading");
    this._reading = true;
  }

  override write(data: Uint8Array | string): void {
    const bytes = Buffer.from(data as string);
    this.written.push(bytes.toString());
    this.waiting += bytes.length;
    this._marks.grown(this.waiting);
  }

  override writeLines(list: Iterable<Uint8Array | string>): void {
    for (const data of list) this.write(data);
  }

  override writeEof(): void {
    this.calls.push("writeEof");
  }

  override canWriteEof(): boolean {
    return true;
  }

  override setWriteBufferLimits(limits: MarkOptions = {}): void {
    this._marks.set(limits, this.waiting);
  }

  override getWriteBufferLimits(): FlowMarks {
    const { low, high } = this._marks;
    return { low, high };
  }

  override getWriteBufferSize(): number {
    return this.waiting;
  }

  override toString(): string {
    return `<FakeTransport${this._closing ? " closing" : ""}>`;
  }

  private _end(error: Error | null): void {
    if (this._closing) return;
    this._closing = true;
    this._loop.callSoon(() => this._protocol.connectionLost(error));
  }
}
