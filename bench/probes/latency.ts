import type { Core } from "../core.ts";
import type { Python } from "../python.ts";
import type { Absent } from "../row.ts";
import { quantile } from "../statistics.ts";
import { inChild } from "./child.ts";

const SECONDS = 4;

/** Milliseconds that something was late. */
export interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

export interface Latency {
  /** A sleep of 1 ms in the loop. */
  readonly timer: Delay;
  /** The host's own `setTimeout` of 1 ms; Python has but the one. */
  readonly hostTimer?: Delay;
  /** A byte on a loopback socket, from the time it was sent to its `data` event. */
  readonly byte: Delay;
  /** Resumptions of the tasks that are always ready, per second. */
  readonly turns: number;
}

/** What the programs print: milliseconds. */
interface Printed {
  readonly delays: Readonly<Record<"timer" | "byte", readonly number[]>> & { readonly hostTimer?: readonly number[] };
  readonly turns: number;
}

export async function latency(core: Core, pythons: readonly Python[]): Promise<Record<string, Latency | Absent>> {
  const starves = "never: microtasks that make microtasks keep the host from its timers and sockets for ever";
  const found: Record<string, Latency | Absent> = {
    ours: await of(core, "ours"),
    native: { absent: starves },
    effect: await of(core, "effect"),
    effection: { absent: `${starves} (its sleep(0) is a host timer, so that nothing of it is always ready)` },
  };
  for (const python of pythons) found[python.name] = summary((await python.probe("latency", SECONDS)) as Printed);
  return found;
}

async function of({ url }: Core, library: string): Promise<Latency> {
  const program = new URL("latency-child.ts", import.meta.url);
  return summary((await inChild(program, [url, library, String(SECONDS)])) as Printed);
}

function summary({ delays: { timer, hostTimer, byte }, turns }: Printed): Latency {
  return { timer: delay(timer), ...(hostTimer && { hostTimer: delay(hostTimer) }), byte: delay(byte), turns };
}

function delay(delays: readonly number[]): Delay {
  return {
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    max: quantile(delays, 1),
    count: delays.length,
  };
}
