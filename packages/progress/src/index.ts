/** tqdm for TypeScript. */

export { Bar } from "./bar.ts";
export { formatInterval, formatMeter, formatNum, formatSizeof, type MeterReading } from "./format.ts";
export type { Output } from "./host.ts";
export type { TqdmOptions } from "./options.ts";
export { AsyncTqdm, Tqdm, tqdm, write } from "./tqdm.ts";
