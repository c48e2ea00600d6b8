/**
 * `node:test` for runtimes that have none, or one that runs only under a command of their own: as much of it as the tests
 * use, one test after another. What it hasn't got fails loudly, as a name that can't be imported or called.
 */
import { type Left, type Report, textOf, WITHIN } from "./report.ts";

type Body = (t: TestContext) => unknown;
type Hook = () => unknown;
interface Options {
  readonly skip?: boolean | string;
  readonly timeout?: number;
  /** Accepted, but tests run one after another. */
  readonly concurrency?: number | boolean;
}
interface Test {
  readonly name: string;
  readonly body: Body;
  readonly options: Options;
}

/** A test that waits longer fails, and the next one begins. */
const TIMEOUT = 30_000;

class Suite {
  readonly name: string;
  readonly parent: Suite | null;
  readonly options: Options;
  readonly parts: (Test | Suite)[] = [];
  readonly before: Hook[] = [];
  readonly after: Hook[] = [];
  readonly beforeEach: Hook[] = [];
  readonly afterEach: Hook[] = [];

  constructor(name: string, parent: Suite | null, options: Options = {}) {
    this.name = name;
    this.parent = parent;
    this.options = options;
  }
}

/** What a test is given. */
class TestContext {
  readonly name: string;
  readonly mock = mock;
  readonly _after: Hook[] = [];

  constructor(name: string) {
    this.name = name;
  }

  after(hook: Hook): void {
    this._after.push(hook);
  }
}

let current = new Suite("", null);
let running = false;
// A test may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

export function test(name: string, ...rest: [Body] | [Options, Body]): void {
  if (running) throw new Error(`test ${JSON.stringify(name)} inside of a test: not in this shim of node:test`);
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  current.parts.push({ name, body, options });
}

export function suite(name: string, ...rest: [Hook] | [Options, Hook]): void {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  const outer = current;
  current = new Suite(name, outer, options);
  outer.parts.push(current);
  try {
    body();
  } finally {
    current = outer;
  }
}

export { suite as describe, test as it };
export const before = (hook: Hook): void => void current.before.push(hook);
export const after = (hook: Hook): void => void current.after.push(hook);
export const beforeEach = (hook: Hook): void => void current.beforeEach.push(hook);
export const afterEach = (hook: Hook): void => void current.afterEach.push(hook);

type Method = (...args: unknown[]) => unknown;
interface Call {
  readonly arguments: readonly unknown[];
}

export const mock = {
  /** Puts `replacement` in the place of a method until it is restored, and remembers its calls. */
  method(object: object, name: string, replacement?: Method): Method & { mock: { calls: Call[]; restore(): void } } {
    const holder = object as Record<string, Method>;
    const original = holder[name] as Method;
    const own = Object.hasOwn(holder, name);
    const calls: Call[] = [];
    const mocked = function (this: unknown, ...args: unknown[]) {
      calls.push({ arguments: args });
      return (replacement ?? original).apply(this, args);
    };
    const restore = () => {
      if (own) holder[name] = original;
      else delete holder[name];
    };
    holder[name] = mocked;
    return Object.assign(mocked, { mock: { calls, restore } });
  },
};

/** Errors that nobody caught fail the test under way, or the next; the runtime's own listeners put them here. */
let uncaught: unknown[] = [];
function takeUncaught(): string[] {
  const texts = uncaught.map((error) => `caught by nobody: ${textOf(error)}`);
  uncaught = [];
  return texts;
}
export function caughtByNobody(error: unknown): void {
  uncaught.push(error);
}

/**
 * Runs a test file: `load` imports it, by which it registers its tests. `turn` ends when the host has had its turn, and
 * told of lost errors.
 */
export async function runFile(
  file: string,
  load: () => Promise<unknown>,
  left: readonly Left[],
  report: (report: Report) => void,
  turn: () => Promise<void>,
): Promise<void> {
  const root = new Suite("", null);
  current = root;
  try {
    await load();
  } catch (error) {
    // What it had registered by then is missed by its name.
    return report({ kind: "end", file, test: "(loading the file)", outcome: "failed", why: textOf(error) });
  }
  running = true;
  try {
    await runSuite(root);
  } finally {
    running = false;
  }
  await turn();
  const late = takeUncaught();
  if (late.length > 0)
    report({ kind: "end", file, test: "(after the tests)", outcome: "failed", why: late.join("\n") });

  async function runSuite(suite: Suite): Promise<void> {
    const broken = await failureOf(suite.before);
    for (const part of suite.parts) {
      if (part instanceof Suite) await runSuite(part);
      else await runTest(suite, part, broken);
    }
    const failure = await failureOf(suite.after);
    if (failure !== null) {
      report({ kind: "end", file, test: nameOf(suite, "(after)"), outcome: "failed", why: failure.text });
    }
  }

  async function runTest(suite: Suite, { name, body, options }: Test, broken: Failure | null): Promise<void> {
    const test = nameOf(suite, name);
    report({ kind: "begin", file, test });
    const why = leftOut(suite, options) ?? left.find((one) => one.file === file && one.test === test)?.why;
    if (why !== undefined) return report({ kind: "end", file, test, outcome: "skipped", why });
    const context = new TestContext(test);
    const suites = chain(suite);
    const ms = options.timeout ?? TIMEOUT;
    const failures = [
      broken ??
        (await failureOf(suites.flatMap((each) => each.beforeEach))) ??
        (await failureOf([() => body(context)], ms)),
      await failureOf([...context._after, ...suites.reverse().flatMap((each) => each.afterEach)]),
    ];
    await turn();
    const texts = failures.flatMap((failure) => (failure === null ? [] : [failure.text]));
    texts.push(...takeUncaught());
    if (texts.length === 0) report({ kind: "end", file, test, outcome: "passed" });
    else report({ kind: "end", file, test, outcome: "failed", why: texts.join("\n") });
  }
}

/** Outermost first. */
function chain(suite: Suite): Suite[] {
  return suite.parent === null ? [suite] : [...chain(suite.parent), suite];
}

function nameOf(suite: Suite, name: string): string {
  return [...chain(suite).slice(1), { name }].map((each) => each.name).join(WITHIN);
}

function leftOut(suite: Suite, options: Options): string | undefined {
  const skip = [options, ...chain(suite).map((each) => each.options)].find((each) => each.skip)?.skip;
  return skip === undefined ? undefined : skip === true ? "no reason given" : String(skip);
}

interface Failure {
  readonly text: string;
}

/** Calls each in turn; null if none fails. */
async function failureOf(hooks: readonly Hook[], ms = TIMEOUT): Promise<Failure | null> {
  for (const hook of hooks) {
    let timer: unknown;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
      // Where the host would end for want of anything to do, it shall: that is told better by its end.
      (timer as { unref?: () => void }).unref?.();
    });
    try {
      await Promise.race([hook(), late]);
    } catch (error) {
      return { text: textOf(error) };
    } finally {
      clearTimeout(timer as number);
    }
  }
  return null;
}
