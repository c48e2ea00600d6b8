import type { Core } from "../core.ts";
import type { Python } from "../python.ts";
import { inChild } from "./child.ts";

/** What tasks are measured, by kind, and how many of them. */
const KINDS: readonly (readonly [kind: string, count: number])[] = [
  ["ours, own future", 1_000_000],
  ["ours, shared future", 1_000_000],
  ["ours, sleep", 1_000_000],
  ["native, own promise", 1_000_000],
  ["native, abortable", 1_000_000],
  ["native, sleep", 1_000_000],
  ["effect", 200_000],
  ["effection", 50_000],
];

export interface Memory {
  readonly kind: string;
  readonly count: number;
  /** Bytes of heap that each parked task takes. */
  readonly bytes: number;
}

/** Python's are slow to make. */
const PYTHON_COUNT = 200_000;

/** Each kind in a process of its own. */
export async function memory({ url }: Core, pythons: readonly Python[]): Promise<Memory[]> {
  const found: Memory[] = [];
  for (const [kind, count] of KINDS) {
    const flags = ["--expose-gc", "--max-old-space-size=4096"];
    const bytes = (await inChild(
      new URL("memory-child.ts", import.meta.url),
      [url, kind, String(count)],
      flags,
    )) as number;
    found.push({ kind, count, bytes: Math.round(bytes) });
  }
  for (const python of pythons) {
    const bytes = (await python.probe("memory", PYTHON_COUNT)) as number;
    found.push({ kind: python.name, count: PYTHON_COUNT, bytes: Math.round(bytes) });
  }
  return found;
}
