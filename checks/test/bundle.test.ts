import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleCore } from "../bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "yieldfrom-bundle-"));
after(() => rmSync(folder, { recursive: true }));
const file = await bundleCore(fileURLToPath(new URL("../..", import.meta.url)), folder);

test("the bundle stands alone, and needs nothing of JavaScript that Node 22 lacks", () => {
  const text = readFileSync(file, "utf8");
  assert.doesNotMatch(text, /^import\b/m);
  assert.doesNotMatch(text, /^\s*(await )?using /m);
});

const PROGRAM = `import { coroutine, createTask, currentTask, Event, run, sleep, timeout } from "./yieldfrom.js";

const slow = coroutine(function* slow() {
  yield* timeout(1, () => sleep(1000));
});
function* waits(event) {
  yield* event.wait();
}

export function stacks() {
  const event = new Event();
  return run(function* main() {
    const task = createTask(waits(event));
    yield* sleep(0);
    const waiting = task.getStack();
    const running = createTask(asks());
    task.cancel();
    return { waiting, running: yield* running };
  });
}
function* asks() {
  return currentTask().getStack();
}

export function failure() {
  return run(function* main() {
    yield* slow();
  }, { debug: true });
}

export async function hang() {
  await run(function* main() {
    yield* new Event().wait();
  });
}
`;

interface Place {
  readonly fn: string;
  readonly file: string;
}

test("stacks show a program that lies beside the bundle, and nothing of the library", async () => {
  const program = join(folder, "program.js");
  writeFileSync(program, PROGRAM);
  const url = pathToFileURL(program).href;
  const { stacks, failure, hang } = (await import(url)) as {
    stacks(): Promise<{ waiting: Place[]; running: Place[] }>;
    failure(): Promise<void>;
    hang(): Promise<void>;
  };
  const { waiting, running } = await stacks();
  assert.deepEqual(
    waiting.map(({ fn, file }) => [fn, file]),
    [["waits", url]],
  );
  assert.deepEqual(
    running.map(({ fn, file }) => [fn, file]),
    [["asks", url]],
  );
  const callers = async ({ stack }: Error) => stack?.match(/(?<=at async )\w+ \(.*(?=:\d+:\d+)/g);
  assert.deepEqual(await failure().catch(callers), [`slow (${program}`, `main (${program}`]);
  await assert.rejects(hang(), new RegExp(`main .*${program}:\\d+`));
});

test("classes are constants, each with the name it has in the sources", async () => {
  assert.doesNotMatch(readFileSync(file, "utf8"), /^(var|let|class) .*\bclass\b/m);
  const built = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  for (const [name, value] of Object.entries(await import("yieldfrom"))) {
    if (typeof value === "function") assert.equal((built[name] as { name: string }).name, value.name, name);
  }
});
