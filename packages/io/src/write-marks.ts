import type { EventLoop } from "yieldfrom";
import type { BaseProtocol } from "./protocols.ts";

/** How many waiting bytes are too many, and how few are few enough again. */
export interface FlowMarks {
  /** `resumeWriting` is called when no more than this wait. */
  readonly low: number;
  /** `pauseWriting` is called when more than this wait. */
  readonly high: number;
}

/** What `setWriteBufferLimits` takes. */
export interface MarkOptions {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

const DEFAULT_HIGH = 65_536;

/** Whose marks they are. */
interface Owner {
  getLoop(): EventLoop;
  getProtocol(): BaseProtocol;
}

/**
 * Flow control on the transport's side: tells the protocol to pause and to resume writing, in pairs and from within the
 * call that changed the amount. Source: asyncio `_FlowControlMixin`.
 */
export class WriteMarks implements FlowMarks {
  low = DEFAULT_HIGH / 4;
  high = DEFAULT_HIGH;
  /** Whether the protocol was told to pause. */
  paused = false;
  private readonly _owner: Owner;

  /** @param owner the transport */
  constructor(owner: Owner) {
    this._owner = owner;
  }

  /** @param waiting bytes that wait to be sent now */
  set({ low, high }: MarkOptions, waiting: number): void {
    const newHigh = high ?? (low === undefined ? DEFAULT_HIGH : low * 4);
    const newLow = low ?? Math.floor(newHigh / 4);
    if (!(newLow >= 0 && newHigh >= newLow)) {
      throw new RangeError(
        `Expected write buffer limits with 0 <= low <= high, got low ${String(newLow)} and high ${String(newHigh)}`,
      );
    }
    this.low = newLow;
    this.high = newHigh;
    this.grown(waiting);
  }

  /** To be told after more bytes wait than before. */
  grown(waiting: number): void {
    if (waiting <= this.high || this.paused) return;
    this.paused = true;
    this._tell("pauseWriting");
  }

  /** To be told after fewer bytes wait than before. */
  shrunk(waiting: number): void {
    if (!this.paused || waiting > this.low) return;
    this.paused = false;
    this._tell("resumeWriting");
  }

  private _tell(what: "pauseWriting" | "resumeWriting"): void {
    const owner = this._owner;
    const protocol = owner.getProtocol();
    try {
      protocol[what]();
    } catch (exception) {
      const message = `protocol.${what}() failed`;
      owner.getLoop().callExceptionHandler({ message, exception, transport: owner, protocol });
    }
  }
}
