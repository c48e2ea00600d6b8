/** What the workers of both pools run. */
export function echo(value: number): number {
  return value;
}
