import { formatMeter, formatNum, formatSizeof, type MeterReading, type Space } from "@yieldfrom/tqdm";
import type { ProgressView } from "../../progress-view.ts";
import type { Gauge } from "./gauge.ts";

const DESC = "get";
const UNIT = "file";
/** Columns of a bar of one cell. */
const LEAST_BAR = 3;

/**
 * The line for all of it, in tqdm's form: `get:  80%|####  | 3977/5000 [00:12<00:03, 317file/s, 20.1MB/s, err=3]`. Where that
 * does not fit the bar goes first, then the bytes, then the times: what has failed stays longest.
 * @param isLast whether it is the last one, which has the means and not the rates of the moment
 */
export function totalLine(
  view: ProgressView,
  gauge: Gauge,
  { columns, ascii }: Pick<Space, "columns" | "ascii">,
  isLast: boolean,
): string {
  const { done, skipped, failed, total, bytes } = view;
  const speed = bytes > 0 ? `${formatSizeof(isLast ? gauge.meanByteRate : gauge.byteRate, "B")}/s` : "";
  const errors = failed > 0 ? `err=${failed}` : "";
  const reading: MeterReading = {
    desc: DESC,
    unit: UNIT,
    n: done + skipped + failed,
    initial: skipped,
    total,
    elapsed: gauge.elapsed,
    rate: isLast ? null : gauge.fileRate,
    ...(isLast ? {} : { fraction: gauge.fraction, remaining: gauge.remaining }),
    postfix: [speed, errors].filter((text) => text !== "").join(", "),
    ascii,
  };
  if (columns === null) return formatMeter(reading);
  const withoutBar = formatMeter({ ...reading, ncols: 0 });
  if (withoutBar.length + LEAST_BAR <= columns) return formatMeter({ ...reading, ncols: columns });
  if (withoutBar.length <= columns) return withoutBar;
  const times = formatMeter({ ...reading, desc: "", postfix: errors, ncols: 0 }).trimStart();
  if (times.length <= columns) return times;
  return `${times.slice(0, times.indexOf(" ["))} ${errors}`.trimEnd();
}

/** What has been told by plain lines so far. */
export interface Told {
  readonly at: number;
  readonly finished: number;
}

/** The line for a pipe or a log: `get: 3977/5000, 20.1MB, 317 file/s, 3 failed`. The rate is that since the line before. */
export function plainLine({ done, skipped, failed, total, bytes }: ProgressView, since: Told, now: number): string {
  const finished = done + failed;
  const count = finished + skipped;
  const rate = now > since.at ? ((finished - since.finished) / (now - since.at)) * 1000 : 0;
  const parts = [
    total === null ? `${count} files` : `${count}/${total}`,
    formatSizeof(bytes, "B"),
    rate > 0 && rate < 1 ? `${formatNum(1 / rate)} s/${UNIT}` : `${formatNum(rate)} ${UNIT}/s`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `${DESC}: ${parts.join(", ")}`;
}
