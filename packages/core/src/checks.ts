/** Checks of arguments, so that a wrong one is named by the name it was given under. */

/** `value`, if it is a number of milliseconds. @throws TypeError if it is no number; RangeError for NaN */
export function milliseconds(name: string, value: unknown): number {
  if (typeof value !== "number")
    throw new TypeError(`Expected \`${name}\` to be a number of milliseconds, got ${String(value)}`);
  if (Number.isNaN(value)) throw new RangeError(`Expected \`${name}\` to be a number of milliseconds, got NaN`);
  return value;
}

/** The same, where null means no limit. */
export function millisecondsOrNull(name: string, value: unknown): number | null {
  return value === null ? null : milliseconds(name, value);
}
