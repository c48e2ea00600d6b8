/** Whole programs with a ProcessPoolExecutor: when they end, and what is left of their processes when one is killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { Gate } from "./gate.ts";
import { ended, living } from "./processes.ts";

const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
const module = JSON.stringify(new URL("./workers/jobs.ts", import.meta.url).href);
const ownModule = JSON.stringify(new URL("./workers/process-jobs.ts", import.meta.url).href);

interface Program {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all that held its output has, too. */
  readonly outcome: Promise<{ status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Start a program, as the first of a process group of its own. */
function program(body: string): Program {
  const source = `
    import { ProcessPoolExecutor, workerModule } from ${index};
    const jobs = workerModule(new URL(${module}));
    const own = workerModule(new URL(${ownModule}));
    const pool = new ProcessPoolExecutor({ maxWorkers: 2, name: "pool" });
    ${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const outcome = once(child, "close").then(([status, signal]) => ({ status, signal, stdout, stderr }));
  return { child, outcome };
}

async function pidsAt(gate: Gate, count: number): Promise<number[]> {
  await gate.arrivals(count);
  return gate.arrived.slice(0, count).map(Number);
}

describe("a program with a ProcessPoolExecutor", () => {
  test("ends by itself without shutdown, once its jobs are done, queued ones too", async () => {
    const { status, stdout, stderr } = await program(
      "for (let i = 0; i < 3; i++) pool.submit(jobs.addLater, i, 1).then(console.log);",
    ).outcome;
    assert.deepEqual(
      { status, lines: stdout.trim().split("\n").sort(), stderr },
      { status: 0, lines: ["1", "2", "3"], stderr: "" },
    );
  });

  test("ends by itself when its processes have been idle, and they with it", async () => {
    const { status, stdout, stderr } = await program("console.log(await pool.submit(own.pid));").outcome;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    await ended(Number(stdout));
  });

  test("sees everything a job printed, also when the pool shuts down at once", async () => {
    const { status, stdout } = await program("await pool.submit(jobs.print, 3000); await pool.shutdown();").outcome;
    assert.equal(status, 0);
    assert.equal(stdout, Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join(""));
  });

  test("that waits for shutdown() only is not done before", async () => {
    const body = "const pid = await pool.submit(own.pid); await pool.shutdown(); console.log(pid, 'gone');";
    const { status, stdout } = await program(body).outcome;
    assert.equal(status, 0);
    assert.deepEqual(living([Number.parseInt(stdout, 10)]), []);
    assert.match(stdout, /gone/);
  });

  test("that waits for terminateWorkers() only is not done before", async () => {
    const body = `
      const future = pool.submit(jobs.addLater, 1, 2);
      await pool.terminateWorkers();
      console.log(future.state);`;
    const { status, stdout, stderr } = await program(body).outcome;
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "CANCELLED_AND_NOTIFIED\n", stderr: "" });
  });
});

describe("the processes of a program that is killed", () => {
  test("end when they are idle", async () => {
    using gate = new Gate();
    const { child, outcome } = program(`
      await pool.submit(own.arrivePid, ${JSON.stringify(gate.path)});
      setInterval(() => {}, 1e6);`);
    const pids = await pidsAt(gate, 1);
    child.kill("SIGKILL");
    await outcome;
    await ended(...pids);
  });

  test("end when their jobs wait, at once", async () => {
    using gate = new Gate();
    const folder = JSON.stringify(gate.path);
    const { child, outcome } = program(`pool.submit(own.hold, ${folder}); pool.submit(own.holdOn, ${folder});`);
    const pids = await pidsAt(gate, 2);
    child.kill("SIGKILL");
    await outcome;
    await ended(...pids);
  });

  test("end also when a job never waits", { skip: process.platform === "win32" && "Windows does it" }, async () => {
    using gate = new Gate();
    const { child, outcome } = program(`pool.submit(own.loop, ${JSON.stringify(gate.path)});`);
    const pids = await pidsAt(gate, 1);
    child.kill("SIGKILL");
    await outcome;
    await ended(...pids);
  });
});

describe("the processes of a thread's pool", () => {
  test("end when the thread is terminated", async () => {
    using gate = new Gate();
    const code = `
      import { ProcessPoolExecutor, workerModule } from ${index};
      const own = workerModule(new URL(${ownModule}));
      new ProcessPoolExecutor({ maxWorkers: 1 }).submit(own.hold, ${JSON.stringify(gate.path)});`;
    const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const pids = await pidsAt(gate, 1);
    await thread.terminate();
    await ended(...pids);
  });
});

describe("Ctrl-C", { skip: process.platform === "win32" && "there are no process groups on Windows" }, () => {
  test("reaches the processes too, which leave it to the program", async () => {
    using gate = new Gate();
    const { child, outcome } = program(`
      process.on("SIGINT", () => console.log("SIGINT"));
      const future = pool.submit(own.hold, ${JSON.stringify(gate.path)});
      console.log(await future === Number(await future));
      await pool.shutdown();`);
    const pids = await pidsAt(gate, 1);
    process.kill(-(child.pid as number), "SIGINT");
    await once(child.stdout as NodeJS.ReadableStream, "data");
    gate.open();
    const { status, stdout, stderr } = await outcome;
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "SIGINT\ntrue\n", stderr: "" });
    await ended(...pids);
  });

  test("ends a program that does nothing about it, and its processes with it", async () => {
    using gate = new Gate();
    const folder = JSON.stringify(gate.path);
    const { child, outcome } = program(`pool.submit(own.loop, ${folder}); pool.submit(own.hold, ${folder});`);
    const pids = await pidsAt(gate, 2);
    process.kill(-(child.pid as number), "SIGINT");
    const { signal } = await outcome;
    assert.equal(signal, "SIGINT");
    await ended(...pids);
  });
});
