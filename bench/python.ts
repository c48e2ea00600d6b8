/** CPython as two more sides: a process for asyncio and one for uvloop, each asked for a round when it is its turn. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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
  const found = INTERPRETERS.filter((interpreter) => works(interpreter, "import asyncio"));
  const interpreter = found.find((each) => works(each, "import uvloop"));
  const [first] = found;
  if (first === undefined) {
    const absent = "there is no python3";
    return { asyncio: { absent }, uvloop: { absent } };
  }
  return {
    asyncio: await start(interpreter ?? first, "asyncio"),
    uvloop:
      interpreter === undefined
        ? { absent: "python3 has no uvloop (apt-get install -y python3-uvloop)" }
        : await start(interpreter, "uvloop"),
  };
}

function works(interpreter: string, program: string): boolean {
  return spawnSync(interpreter, ["-c", program], { stdio: "ignore" }).status === 0;
}

async function start(interpreter: string, name: Python["name"]): Promise<Python | Absent> {
  const child = spawn(interpreter, [PROGRAM, name], { stdio: ["pipe", "pipe", "pipe"] });
  const answers = new Answers(child);
  let hello: { versions: Record<string, string>; rows: string[] };
  try {
    hello = (await answers.next()) as typeof hello;
  } catch (error) {
    return { absent: (error as Error).message };
  }
  return {
    name,
    versions: hello.versions,
    rows: new Set(hello.rows),
    time: async (id, operations) => {
      child.stdin.write(`${JSON.stringify({ id, operations })}\n`);
      return (await answers.next()) as Timing;
    },
    probe: async (probe, amount) => {
      const { stdout } = await promisify(execFile)(interpreter, [PROBES, name, probe, String(amount)]);
      return JSON.parse(stdout);
    },
    close: () => child.stdin.end(),
  };
}

/** The lines a child writes, one asked for at a time. */
class Answers {
  private readonly _lines: AsyncIterator<string>;
  private readonly _ended: Promise<string>;

  constructor(child: ChildProcess) {
    this._lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    let errors = "";
    child.stderr!.on("data", (data) => {
      errors += data;
    });
    this._ended = new Promise((resolve) => {
      child.on("close", () => resolve(errors.trim().split("\n").at(-1) || "it ended"));
      child.on("error", (error) => resolve(error.message));
    });
  }

  /** @throws Error with the last line of what it wrote to stderr, if it has ended */
  async next(): Promise<unknown> {
    const { value, done } = await this._lines.next();
    if (done) throw new Error(`Python: ${await this._ended}`);
    return JSON.parse(value);
  }
}
