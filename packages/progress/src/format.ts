/** tqdm's line made from numbers. Nothing here knows of clocks, terminals or bars that live. */

import { displayWidth, trimToWidth } from "./text.ts";

const BLOCKS = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
const ASCII = Array.from(" 123456789#");
const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z"];
const CELLS_WITHOUT_WIDTH = 10;

/** What a line is made from. Times are milliseconds, rates are per second. */
export interface MeterReading {
  /** How many are done, `initial` included. */
  readonly n: number;
  /** How many there will be; `null` or `Infinity` when nobody knows. */
  readonly total: number | null;
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** How many were done before the start: left out of the mean rate. */
  readonly initial?: number;
  /** Per second; `null` or absent for the mean since the start. */
  readonly rate?: number | null;
  /** How much of the whole is done, 0 to 1, where that is known better than by `n / total`. */
  readonly fraction?: number;
  /** Milliseconds left, where that is known better than by the rate; `null`: not known. */
  readonly remaining?: number | null;
  /** Text before the bar. */
  readonly desc?: string;
  /** What is counted. */
  readonly unit?: string;
  /** `true`: counts with k, M, G ...; a number: counts are multiplied by it. */
  readonly unitScale?: boolean | number;
  /** 1000 or 1024: the step between prefixes of counts. Rates step by 1000 always, as in tqdm. */
  readonly unitDivisor?: number;
  /** Columns of the whole line; 0 for no bar at all; `null` or absent for a bar of ten cells and no limit. */
  readonly ncols?: number | null;
  /** `true`: the bar in ASCII; a string: its cells from empty to full. */
  readonly ascii?: boolean | string;
  /** Text after the rate. */
  readonly postfix?: string;
}

/**
 * The line for one moment: `45%|████▌     | 9/20 [00:01<00:01,  8.10it/s]`, or `9it [00:01,  8.10it/s]` when the
 * total is unknown, zero or overtaken.
 *
 * Source: tqdm `format_meter`. Two slips of tqdm's are not repeated: a desc that ends in `": "` gets no second
 * colon in the form without a total, and `initial` is scaled where `n` is.
 */
export function formatMeter(reading: MeterReading): string {
  const { desc = "", unit = "it", unitDivisor = 1000, ncols = null, ascii = false } = reading;
  const factor = typeof reading.unitScale === "number" ? reading.unitScale : 1;
  const prefixes = reading.unitScale === true || reading.unitScale === 1;
  const n = reading.n * factor;
  const total = usableTotal(reading);
  const rate = rateOf(reading, factor);

  const count = (value: number): string => (prefixes ? formatSizeof(value, "", unitDivisor) : String(value));
  const elapsed = formatInterval(reading.elapsed);
  const speed = formatRate(rate, unit, prefixes);
  const postfix = reading.postfix ? `, ${reading.postfix}` : "";
  const before = desc === "" || desc.endsWith(": ") ? desc : `${desc}: `;
  const fit = (line: string): string => (ncols ? trimToWidth(line, ncols) : line);

  if (total === null) return fit(`${before}${count(n)}${unit} [${elapsed}, ${speed}${postfix}]`);

  const whole = total * factor;
  const fraction = reading.fraction ?? n / whole;
  const percent = fixed(fraction * 100, 0).padStart(3);
  const { remaining = rate ? ((whole - n) / rate) * 1000 : null } = reading;
  const left = remaining === null ? "?" : formatInterval(remaining);
  const right = ` ${count(n)}/${count(whole)} [${elapsed}<${left}, ${speed}${postfix}]`;
  if (ncols === 0) return `${before}${percent}%${right}`;

  const cells =
    ncols === null ? CELLS_WITHOUT_WIDTH : Math.max(1, ncols - displayWidth(`${before}${percent}%||${right}`));
  return fit(`${before}${percent}%|${formatBar(fraction, cells, ascii)}|${right}`);
}

/** A total that a bar can be drawn for. Half an item over is still whole: sums of fractions are not exact. */
function usableTotal({ n, total }: MeterReading): number | null {
  return total && Number.isFinite(total) && n < total + 0.5 ? total : null;
}

function rateOf(reading: MeterReading, factor: number): number | null {
  if (reading.rate !== null && reading.rate !== undefined) return reading.rate * factor;
  const { n, initial = 0, elapsed } = reading;
  return elapsed ? ((n - initial) * factor) / (elapsed / 1000) : null;
}

function formatRate(rate: number | null, unit: string, prefixes: boolean): string {
  if (!rate) return `?${unit}/s`;
  const number = (value: number): string => (prefixes ? formatSizeof(value) : fixed(value, 2).padStart(5));
  const inverse = 1 / rate;
  return inverse > 1 ? `${number(inverse)}s/${unit}` : `${number(rate)}${unit}/s`;
}

/**
 * A bar of `cells` cells, `fraction` of it full; what is over the last full cell shows in steps (eight for blocks,
 * ten for ASCII). `ascii` as in {@link MeterReading}. Source: tqdm `Bar`.
 */
export function formatBar(fraction: number, cells: number, ascii: boolean | string = false): string {
  const shapes = typeof ascii === "string" ? Array.from(ascii) : ascii ? ASCII : BLOCKS;
  const steps = shapes.length - 1;
  const filled = Math.trunc(Math.min(1, Math.max(0, fraction)) * cells * steps);
  const full = Math.floor(filled / steps);
  const bar = shapes[steps]!.repeat(full);
  return full < cells ? bar + shapes[filled % steps]! + shapes[0]!.repeat(cells - full - 1) : bar;
}

/** Milliseconds as `MM:SS`, or `H:MM:SS` from an hour on. Source: tqdm `format_interval`. */
export function formatInterval(milliseconds: number): string {
  const seconds = Math.trunc(Math.abs(milliseconds) / 1000);
  const sign = milliseconds < 0 ? "-" : "";
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${sign}${hours}:${clock}` : sign + clock;
}

/**
 * A number in three digits with an SI prefix: `9.99k`, `10.0k`, `100k`, `1.00M`. `divisor` is the step between
 * prefixes, 1000 or 1024. Source: tqdm `format_sizeof`.
 */
export function formatSizeof(value: number, suffix = "", divisor = 1000): string {
  let rest = value;
  for (const prefix of PREFIXES) {
    const size = Math.abs(rest);
    // The limits are where rounding would need a fourth digit.
    if (size < 999.5) return fixed(rest, size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + prefix + suffix;
    rest /= divisor;
  }
  return `${fixed(rest, 1)}Y${suffix}`;
}

/** A number in three significant digits, if that is shorter than the whole number. Source: tqdm `format_num`. */
export function formatNum(value: number): string {
  const whole = String(value);
  if (!Number.isFinite(value) || value === 0) return whole;
  const exponent = Number(value.toExponential(2).split("e")[1]);
  const plain = exponent >= -4 && exponent < 3;
  const digits = plain ? fixed(value, 2 - exponent) : threeDigits(value, exponent);
  const mantissa = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  const short = plain ? mantissa : `${mantissa}e${exponent < 0 ? "" : "+"}${exponent}`;
  return short.length < whole.length ? short : whole;
}

/** `value / 10 ** exponent` in three digits. Dividing by a power of ten above 1 keeps a tie a tie; one below does not. */
function threeDigits(value: number, exponent: number): string {
  if (exponent < 0) return value.toExponential(2).split("e")[0]!;
  return (Number(fixed(value / 10 ** (exponent - 2), 0)) / 100).toFixed(2);
}

/**
 * `toFixed`, but a tie goes to the even digit as in C and Python: one in eight is 12 %, not 13 %. A double is tied
 * exactly when its fraction ends one binary place after `digits` decimal ones.
 */
function fixed(value: number, digits: number): string {
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const below = Math.floor(value * 10 ** digits);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** digits).toFixed(digits);
}
