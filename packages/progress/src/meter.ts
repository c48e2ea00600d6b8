/** How far a job is and how fast it goes: counts, a clock that is handed in, and nothing else. */

// A loop that never gives the timer a turn must notice by itself that it has become slow: the clock is read after
// this many updates even when experience says that none is due yet. At 64 the reads cost less than a nanosecond each.
const UPDATES_PER_CLOCK_READ = 64;

// With `smoothing` 0 the rate is the mean over all time, but the estimate of updates per redraw has to follow all the
// same: tqdm's (the most there ever was) would let a bar that once was fast stand still.
const STRIDE_SMOOTHING_FOR_MEAN = 0.3;

/** What a meter is made with; see `TqdmOptions` for the meanings. Times are milliseconds. */
export interface MeterOptions {
  readonly total: number | null;
  readonly initial: number;
  readonly mininterval: number;
  readonly delay: number;
  readonly smoothing: number;
}

/** A mean that forgets: each sample weighs `alpha`, and the first ones are not drawn towards zero. Source: tqdm `EMA`. */
class MovingAverage {
  readonly #alpha: number;
  #last = 0;
  #samples = 0;

  constructor(alpha: number) {
    this.#alpha = alpha;
  }

  add(sample: number): void {
    this.#last = this.#alpha * sample + (1 - this.#alpha) * this.#last;
    this.#samples++;
  }

  /** The mean; 0 before the first sample. */
  get value(): number {
    return this.#samples === 0 ? 0 : this.#last / (1 - (1 - this.#alpha) ** this.#samples);
  }
}

/**
 * Counts, decides when a redraw is due, and knows the rate.
 *
 * A redraw is due `mininterval` after the last sample, and not before as many were counted as recently fell into one
 * `mininterval` (tqdm's dynamic `miniters`), so that most updates only add. Each due redraw is also a sample of the
 * rate, which is the ratio of two moving averages, of counts and of times. Source: tqdm `update`.
 */
export class Meter {
  n: number;
  total: number | null;
  readonly #options: MeterOptions;
  readonly #now: () => number;
  #initial: number;
  #startedAt = 0;
  #sampledAt = 0;
  #sampledN = 0;
  #stride = 0;
  #unread = 0;
  #counts!: MovingAverage;
  #times!: MovingAverage;
  #strides!: MovingAverage;

  /** `now` returns monotonic milliseconds. */
  constructor(options: MeterOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.total = options.total;
    this.n = options.initial;
    this.#initial = options.initial;
    this.#restart();
  }

  /** How many were done before the start. */
  get initial(): number {
    return this.#initial;
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.#now() - this.#startedAt;
  }

  /** Smoothed rate per second; `null` before the first sample and with `smoothing` 0: take the mean then. */
  get rate(): number | null {
    return this.#times.value ? this.#counts.value / this.#times.value : null;
  }

  /** Whether `delay` is over. */
  get begun(): boolean {
    return this.elapsed >= this.#options.delay;
  }

  /** Counts `count` more (negative: takes back) and tells whether a redraw is due. */
  update(count: number): boolean {
    if (count < 0) this.#sampledN += count;
    this.n += count;
    if (this.n - this.#sampledN < this.#stride && ++this.#unread < UPDATES_PER_CLOCK_READ) return false;
    this.#unread = 0;
    return this.#sample();
  }

  /** For a timer: takes the sample that updates since the last one may still owe. */
  tick(): void {
    if (this.n !== this.#sampledN) this.#sample();
  }

  /** Starts again from nothing done, `total` being the new total. */
  reset(total: number | null): void {
    this.n = this.#initial = 0;
    this.total = total;
    this.#restart();
  }

  #restart(): void {
    const { smoothing } = this.#options;
    this.#counts = new MovingAverage(smoothing);
    this.#times = new MovingAverage(smoothing);
    this.#strides = new MovingAverage(smoothing || STRIDE_SMOOTHING_FOR_MEAN);
    this.#stride = this.#unread = 0;
    this.#sampledN = this.n;
    this.#startedAt = this.#sampledAt = this.#now();
  }

  #sample(): boolean {
    const { mininterval, delay, smoothing } = this.#options;
    const now = this.#now();
    const time = now - this.#sampledAt;
    if (time < mininterval || now < this.#startedAt + delay) return false;
    const count = this.n - this.#sampledN;
    if (smoothing && time && count) {
      this.#counts.add(count);
      // In seconds: one a second must come out as exactly 1, where the line changes from `s/it` to `it/s`.
      this.#times.add(time / 1000);
    }
    this.#strides.add(mininterval && time ? (count * mininterval) / time : count);
    this.#stride = this.#strides.value;
    this.#sampledN = this.n;
    this.#sampledAt = now;
    return true;
  }
}
