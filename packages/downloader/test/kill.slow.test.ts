/**
 * The command is killed at random moments while its server is wrong at random, and run again until it is done. Whatever
 * happened: each file is whole, nothing is left beside, nothing is outside, nothing is fetched again without need.
 *
 * DOWNLOAD_MANY_ROUNDS=100 makes more rounds of it, DOWNLOAD_MANY_SEED=7 those of a seed that was printed.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { seeded } from "../../core/test/seeded.ts";
import { readRecord } from "../src/files/part-record.ts";
import type { DownloadItem } from "../src/index.ts";
import { isInternal, snapshot, treeOf } from "./hostile/stage.ts";
import { honest } from "./hostile-answers.ts";
import { HostileServer, type SeenRequest } from "./hostile-server.ts";
import { type Random, Schedule } from "./schedule.ts";

const { DOWNLOAD_MANY_ROUNDS = 1, DOWNLOAD_MANY_SEED = Date.now() % 1_000_000 } = process.env;
const ROUNDS = Number(DOWNLOAD_MANY_ROUNDS);
const SEED = Number(DOWNLOAD_MANY_SEED);
const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

/** Runs of one list, with kills and without, until it must be done. */
const KILLS = 6;
const RUNS = 25;

const HASTY = ["--retries", "3", "--retry-delay", "5ms", "--max-retry-delay", "50ms", "--idle-timeout", "400ms", "-q"];

/** The command at work, or after it. */
class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string | null>;
  output = "";

  constructor(dir: string, list: string, options: readonly string[]) {
    const args = ["--disable-warning=ExperimentalWarning", MAIN, "-i", list, "-d", dir, ...HASTY, ...options];
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    this.child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.output += bytes;
      });
    }
    this.ended = new Promise((resolve) => this.child.on("close", (code, signal) => resolve(code ?? signal)));
  }
}

/** A folder in a parent whose other contents must stay as they are. */
class Place implements Disposable {
  readonly parent = mkdtempSync(join(tmpdir(), "download-many-"));
  readonly dir = join(this.parent, "out");
  readonly list: string;
  private readonly _outside: string;

  constructor(items: readonly DownloadItem[]) {
    writeFileSync(join(this.parent, "evil"), "not to be touched");
    mkdirSync(this.dir);
    this.list = join(this.parent, "list.jsonl");
    writeFileSync(this.list, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
    this._outside = snapshot(this.parent, "out");
  }

  run(...options: string[]): Run {
    return new Run(this.dir, this.list, options);
  }

  /** At any moment: what has a name is whole, and nothing is outside. */
  checkAlways(check: (name: string, bytes: Uint8Array) => void): void {
    for (const name of treeOf(this.dir)) {
      if (!isInternal(name)) check(name, readFileSync(join(this.dir, name)));
    }
    assert.equal(snapshot(this.parent, "out"), this._outside);
  }

  /** At the end: all is there, and nothing else. */
  checkEnd(names: readonly string[], check: (name: string, bytes: Uint8Array) => void): void {
    this.checkAlways(check);
    assert.deepEqual(treeOf(this.dir), [...names].sort());
  }

  /** What is there of a file that is not whole: stretches, each from its start up to `next`. */
  recorded(name: string): readonly Stretch[] {
    const part = join(this.dir, `.${name}.part`);
    // Killed while it wrote its first one, it has left half a record.
    const record = existsSync(part) ? readRecord(`${part}.json`) : null;
    if (record === null) return [];
    return record.pieces ?? [{ start: 0, next: statSync(part).size }];
  }

  [Symbol.dispose](): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

/** A moment: while it starts, or some milliseconds after some requests more; at the latest when it has ended. */
async function moment(random: Random, server: HostileServer, run: Run): Promise<void> {
  const [isEarly, early, after, more] = [random(5) === 0, random(400), random(40), 1 + random(50)];
  if (isEarly) return pause(early);
  const requests = server.requests.length + more;
  await Promise.race([server.until(() => server.requests.length >= requests).catch(() => {}), run.ended]);
  await pause(after);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Stretch {
  readonly start: number;
  readonly next: number;
}

interface RoundOptions {
  readonly seed: number;
  readonly lies?: boolean;
  readonly signals: readonly NodeJS.Signals[];
  readonly options?: readonly string[];
}

async function round(t: TestContext, { seed, lies = false, signals, options = [] }: RoundOptions): Promise<void> {
  const random = seeded(seed);
  await using server = await HostileServer.listen();
  const schedule = new Schedule({ random, server, lies });
  using place = new Place(schedule.items);
  const names = schedule.items.map(({ name }) => name!);
  const check = (name: string, bytes: Uint8Array) => schedule.check(name, bytes);
  let kills = 0;
  try {
    for (let runs = 1; ; runs++) {
      assert.ok(runs <= RUNS, `not done after ${RUNS} runs`);
      if (runs > KILLS) schedule.isOver = true;
      const whole = new Set(treeOf(place.dir));
      const recorded = names.map((name) => place.recorded(name));
      const requests = server.requests.length;
      const run = place.run(...options);
      let end: number | string | null = null;
      if (runs <= KILLS) {
        await moment(random, server, run);
        const signal = signals[random(signals.length)]!;
        if (run.child.kill(signal)) kills++;
        end = await run.ended;
        if (signal !== "SIGKILL") assert.ok([0, 1, 130, 143, signal].includes(end as number), String(end));
      } else end = await run.ended;
      await server.until(() => server.sockets.size === 0);
      place.checkAlways(check);
      const asked = new Set(server.requests.slice(requests));
      for (const [index, file] of schedule.files.entries()) {
        const mine = file.requests.filter((request) => asked.has(request));
        assert.ok(mine.length === 0 || !whole.has(names[index]!), `${names[index]} was whole, and asked for again`);
        if (!lies) assertMissing(recorded[index]!, file.size, mine);
      }
      if (end === 0) break;
      assert.notEqual(end, 2, run.output);
    }
    place.checkEnd(names, check);
  } catch (error) {
    t.diagnostic(`DOWNLOAD_MANY_SEED=${SEED}, round ${seed}, ${kills} kills, ${schedule.faults} faults`);
    throw error;
  } finally {
    schedule.isOver = true;
  }
}

/** Fails if a request begins with what is there. Of a whole file the last byte is asked for, to see whether it is that. */
function assertMissing(there: readonly Stretch[], size: number, requests: readonly SeenRequest[]): void {
  for (const { headers } of requests) {
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "bytes=0-")?.[1]);
    const isMissing = there.every(({ start, next }) => from < start || from >= next || from === size - 1);
    const all = requests.map(({ path, sent, headers: { range } }) => [path, range, sent]);
    assert.ok(isMissing, `there was ${JSON.stringify(there)} of ${size}, and asked for ${JSON.stringify(all)}`);
  }
}

describe(`the command is killed at random (DOWNLOAD_MANY_SEED=${SEED})`, () => {
  for (let n = 0; n < ROUNDS; n++) {
    const seed = SEED + n;
    test(`SIGKILL, round ${seed}`, (t) => round(t, { seed, signals: ["SIGKILL"] }));
    test(`SIGKILL, and the server lies, round ${seed}`, (t) => round(t, { seed, lies: true, signals: ["SIGKILL"] }));
    test(`SIGINT, SIGTERM, SIGKILL, round ${seed}`, (t) =>
      round(t, { seed, signals: ["SIGINT", "SIGTERM", "SIGKILL"] }));
    test(`SIGKILL, files are split, round ${seed}`, (t) =>
      round(t, { seed, signals: ["SIGKILL"], options: ["--split", "4", "--min-split-size", "200k"] }));
    test(`SIGKILL, files are split, and the server lies, round ${seed}`, (t) =>
      round(t, { seed, lies: true, signals: ["SIGKILL"], options: ["--split", "4", "--min-split-size", "200k"] }));
  }
});

describe("two commands in one folder", () => {
  test("the second one leaves at once, the first one is done", async () => {
    await using server = await HostileServer.listen();
    const schedule = new Schedule({ random: seeded(1), server, oneOf: 1_000_000 });
    const right = server.answer;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    server.answer = async (exchange) => {
      await released;
      await right(exchange);
    };
    using place = new Place(schedule.items);
    const first = place.run("--idle-timeout", "30");
    await server.until(() => server.requests.length > 0);
    const second = place.run();
    const refused = await second.ended;
    release();
    assert.ok(refused !== 0 && first.child.exitCode === null, `${refused}: ${second.output}`);
    assert.match(second.output, /in use by process/);
    assert.equal(await first.ended, 0, first.output);
    place.checkEnd(
      schedule.items.map(({ name }) => name!),
      (name, bytes) => schedule.check(name, bytes),
    );
    for (const file of schedule.files) assert.equal(file.requests.length, 1);
  });

  test("one that was killed holds up no other one; of several at once one works", async () => {
    await using server = await HostileServer.listen();
    const schedule = new Schedule({ random: seeded(2), server, oneOf: 1_000_000 });
    using place = new Place(schedule.items);
    const killed = place.run();
    await server.until(() => server.requests.length > 3);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const runs = Array.from({ length: 4 }, () => place.run());
    const ends = await Promise.all(runs.map((run) => run.ended));
    assert.ok(ends.includes(0), JSON.stringify(runs.map((run) => run.output)));
    place.checkEnd(
      schedule.items.map(({ name }) => name!),
      (name, bytes) => schedule.check(name, bytes),
    );
    for (const file of schedule.files) assert.ok(file.requests.length <= 2, `${file.path} was asked for by two`);
  });
});

test("a full disk fails what has no room; when there is some, the rest comes", async (t) => {
  await using server = await HostileServer.listen();
  const schedule = new Schedule({ random: seeded(3), server, oneOf: 1_000_000, largest: 3_000_000 });
  using place = new Place(schedule.items);
  const mount = (...args: string[]) => spawnSync("mount", ["-t", "tmpfs", ...args, "tmpfs", place.dir]);
  const mounted = mount("-o", "size=2m");
  if (mounted.status !== 0) return t.skip(`no small disk can be mounted here: ${mounted.stderr ?? mounted.error}`);
  try {
    const check = (name: string, bytes: Uint8Array) => schedule.check(name, bytes);
    const full = place.run("--json");
    assert.equal(await full.ended, 1, full.output);
    place.checkAlways(check);
    const events = full.output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    const failed = events.filter(({ type }) => type === "failed");
    assert.ok(
      failed.length > 0 && failed.every(({ reason }) => reason.code === "ERR_DISK_FULL"),
      JSON.stringify(failed),
    );
    assert.equal(mount("-o", "remount,size=20m").status, 0);
    const again = place.run();
    assert.equal(await again.ended, 0, again.output);
    place.checkEnd(
      schedule.items.map(({ name }) => name!),
      check,
    );
  } finally {
    spawnSync("umount", [place.dir]);
  }
});

test("mirrors, one of which lies, with kills: the checksum tells which", async () => {
  const random = seeded(SEED);
  await using good = await HostileServer.listen();
  await using bad = await HostileServer.listen();
  const schedule = new Schedule({ random, server: good, small: 10 });
  for (const { path, size, etag } of schedule.files) Object.assign(bad.file(path), { size, etag, version: 666 });
  bad.answer = honest({ pace: { bytes: 16_384, ms: 1 } });
  const items = schedule.files.map((file, index) => ({
    url: bad.url(file.path),
    mirrors: [good.url(file.path)],
    name: `${index}.bin`,
    checksum: `sha256=${file.content.sha256()}`,
  }));
  using place = new Place(items);
  const check = (name: string, bytes: Uint8Array) => schedule.check(name, bytes);
  for (const options of [[], ["--split", "3", "--min-split-size", "200k"]]) {
    rmSync(place.dir, { recursive: true });
    mkdirSync(place.dir);
    schedule.isOver = false;
    for (let runs = 1; ; runs++) {
      assert.ok(runs <= RUNS, `not done after ${RUNS} runs, DOWNLOAD_MANY_SEED=${SEED}`);
      if (runs > 3) schedule.isOver = true;
      const run = place.run(...options);
      if (runs <= 3) {
        await moment(random, bad, run);
        run.child.kill("SIGKILL");
      }
      const end = await run.ended;
      place.checkAlways(check);
      if (end === 0) break;
    }
    place.checkEnd(
      items.map(({ name }) => name),
      check,
    );
  }
});
