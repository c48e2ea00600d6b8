/** Numbers as people read them. */

const THOUSANDS = new Intl.NumberFormat("en");

/** `4,990`. */
export function number(value: number): string {
  return THOUSANDS.format(value);
}

/** `1 file`, `4,990 files`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const UNITS = ["kB", "MB", "GB", "TB", "PB"];

/** Bytes with three digits, in powers of 1000: `512 B`, `31.2 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  let scaled = value;
  let unit = -1;
  // 999.5 would be shown as 1000.
  do {
    scaled /= 1000;
    unit++;
  } while (scaled >= 999.5 && unit < UNITS.length - 1);
  return `${scaled < 999.5 ? scaled.toPrecision(3) : scaled.toFixed(0)} ${UNITS[unit]}`;
}

/** Milliseconds as `0.24 s`, `12.3 s`, `3:05 min` or `2:03:05 h`. */
export function duration(ms: number): string {
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)} h` : `${m}:${two(s)} min`;
}
