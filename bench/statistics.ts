/** The middle one; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the given part of all lies, between two neighbours in proportion. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError("Expected values to take a quantile of, got none");
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** The mean for ratios: twice and half cancel. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Expected values to take the mean of, got none");
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
