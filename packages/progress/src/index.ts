/** tqdm for TypeScript. */

export { Bar, processSurroundings, type Surroundings } from "./bar.ts";
export { isDrawable } from "./draw.ts";
export { formatInterval, formatMeter, formatNum, formatSizeof, type MeterReading } from "./format.ts";
export type { Host, Output } from "./host.ts";
export { LiveLines, type LiveLinesOptions, type Space } from "./live-lines.ts";
export { Meter, type MeterOptions } from "./meter.ts";
export type { TqdmOptions } from "./options.ts";
export { displayWidth, escapeControls, trimToWidth } from "./text.ts";
export { AsyncTqdm, Tqdm, tqdm, write } from "./tqdm.ts";
