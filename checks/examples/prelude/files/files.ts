/** A module that docstrings have run in other threads. */
export function size(name: string): number {
  return name.length;
}
