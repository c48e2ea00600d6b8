/** CPython as two more sides: a process for asyncio and one for uvloop, each asked for a round when it is its turn. */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Child } from "./child.ts";
import type { Timing } from "./measure.ts";
import type { Absent } from "./row.ts";

const PROGRAM = fileURLToPath(new URL("python/rows.py", import.meta.url));
const PROBES = fileURLToPath(new URL("python/probes.py", import.meta.url));
/** Debian's package of uvloop serves its own Python only, which may not be the first one found. */
const INTERPRETERS = ["python3", "/usr/bin/python3"];

export interface Python {
  readonly name: "asyncio" | "uvloop";
  readonly versions: Readonly<Record<string, string>>;
  /** The ids of the rows it has. */
  readonly rows: ReadonlySet<string>;
  time(id: string, operations: number): Promise<Timing>;
  /** What one of `python/probes.py` prints, in a process of its own. */
  probe(name: "memory" | "latency", amount: number): Promise<unknown>;
  close(): void;
}

/** Starts both, or says why one can't be had. Both have the same interpreter: the one with uvloop, if there is one. */
export async function startPython(): Promise<{ readonly asyncio: Python | Absent; readonly uvloop: Python | Absent }> {
  const interpreter = interpreterWith("asyncio", "uvloop");
  const first = interpreterWith("asyncio");
  if (first === null) {
    const absent = "there is no python3";
    return { asyncio: { absent }, uvloop: { absent } };
  }
  return {
    asyncio: await start(interpreter ?? first, "asyncio"),
    uvloop:
      interpreter === null
        ? { absent: "python3 has no uvloop (apt-get install -y python3-uvloop)" }
        : await start(interpreter, "uvloop"),
  };
}

/** The first Python that has all these modules; `null` if none does. */
export function interpreterWith(...modules: readonly string[]): string | null {
  const works = (interpreter: string) =>
    spawnSync(interpreter, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0;
  return INTERPRETERS.find(works) ?? null;
}

async function start(interpreter: string, name: Python["name"]): Promise<Python | Absent> {
  const lastLine = (stderr: string) => `Python: ${stderr.split("\n").at(-1) || "it ended"}`;
  const child = new Child(interpreter, [PROGRAM, name], lastLine);
  let hello: { versions: Record<string, string>; rows: string[] };
  try {
    hello = await child.next();
  } catch (error) {
    return { absent: (error as Error).message };
  }
  return {
    name,
    versions: hello.versions,
    rows: new Set(hello.rows),
    time: (id, operations) => child.ask({ id, operations }),
    probe: async (probe, amount) => {
      const { stdout } = await promisify(execFile)(interpreter, [PROBES, name, probe, String(amount)]);
      return JSON.parse(stdout);
    },
    close: () => void child[Symbol.asyncDispose](),
  };
}
