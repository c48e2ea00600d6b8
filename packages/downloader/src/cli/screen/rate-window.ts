/** How fast a count grows, over the last seconds: unlike a moving average of samples, it falls to 0 when nothing comes. */
export class RateWindow {
  private readonly _length: number;
  /** Time and count of the samples, the oldest first. */
  private _samples: [at: number, count: number][] = [];

  /** @param length milliseconds that are looked back */
  constructor(length: number) {
    this._length = length;
  }

  /** Notes that the count is `count` at `now`, milliseconds. */
  add(now: number, count: number): void {
    this._samples.push([now, count]);
    while (this._samples.length > 2 && this._samples[1]![0] <= now - this._length) this._samples.shift();
  }

  /** Per second; 0 before the second sample. */
  get rate(): number {
    const [first, last] = [this._samples[0], this._samples.at(-1)];
    if (first === undefined || last === undefined || last[0] <= first[0]) return 0;
    return Math.max(0, ((last[1] - first[1]) / (last[0] - first[0])) * 1000);
  }
}
