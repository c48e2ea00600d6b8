import { Meter } from "@yieldfrom/tqdm";
import type { ActiveFile, ProgressView } from "../../progress-view.ts";
import { RateWindow } from "./rate-window.ts";

/** Milliseconds over which the speed is taken. */
const SPEED_WINDOW = 5000;
/** Of the files' rate: the samples of the last two seconds or so count. tqdm's 0.3 is for loops, and too restless here. */
const SMOOTHING = 0.05;

/** What is known of the way of a download beside its counts: how fast, how far, how long still. */
export class Gauge {
  private readonly _view: ProgressView;
  private readonly _now: () => number;
  private readonly _startedAt: number;
  private readonly _files: Meter;
  private readonly _speed = new RateWindow(SPEED_WINDOW);

  /** @param now milliseconds of `performance.now()` */
  constructor(view: ProgressView, now: () => number) {
    this._view = view;
    this._now = now;
    this._startedAt = now();
    this._files = new Meter({ total: null, initial: 0, mininterval: 50, delay: 0, smoothing: SMOOTHING }, now);
    this._speed.add(this._startedAt, view.bytes);
  }

  /** To be called ten times a second or so. */
  sample(): void {
    const { done, failed, active, bytes } = this._view;
    let finished = done + failed;
    // A large file counts as it comes, or nothing would be known of the time left until it is there.
    for (const file of active) finished += partOf(file);
    this._files.update(finished - this._files.n);
    this._files.tick();
    this._speed.add(this._now(), bytes);
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this._now() - this._startedAt;
  }

  /** Files a second; `null`: not known yet. Skipped ones take no time and do not count. */
  get fileRate(): number | null {
    return this._files.rate;
  }

  /** Bytes a second over the last seconds. */
  get byteRate(): number {
    return this._speed.rate;
  }

  /** Bytes a second since the start. */
  get meanByteRate(): number {
    return this.elapsed > 0 ? (this._view.bytes / this.elapsed) * 1000 : 0;
  }

  /** How much of all is done, 0 to 1: by bytes if their number is known, else by files. Of no use without a total. */
  get fraction(): number {
    const { total, skipped, totalBytes } = this._view;
    if (!total) return 0;
    const done = totalBytes ? (total - skipped) * (this._there() / totalBytes) : this._files.n;
    return Math.min(1, (skipped + done) / total);
  }

  /** Milliseconds; `null`: not known. */
  get remaining(): number | null {
    const { total, skipped, totalBytes } = this._view;
    if (totalBytes) return time(totalBytes - this._there(), this.byteRate);
    return total === null ? null : time(total - skipped - this._files.n, this.fileRate ?? 0);
  }

  /** Bytes of files that are there, wherever they came from. */
  private _there(): number {
    let there = this._view.saved;
    for (const { bytes } of this._view.active) there += bytes;
    return there;
  }
}

/** How much of what was to come of a file has come: what was there from before is no work of ours. */
function partOf({ bytes, received, total }: ActiveFile): number {
  if (total === null) return 0;
  const before = Math.max(0, bytes - received);
  return total <= before ? 0 : Math.min(1, (bytes - before) / (total - before));
}

function time(left: number, rate: number): number | null {
  if (left <= 0) return 0;
  return rate > 0 ? (left / rate) * 1000 : null;
}
