/** Runs the Promises/A+ suite on `then` of Futures of a running loop, and prints as JSON what came of its tests. */
import { createRequire } from "node:module";
import { type Future, HostEventLoop } from "yieldfrom";

interface Adapter {
  resolved(value: unknown): Future<unknown>;
  rejected(reason: unknown): Future<unknown>;
  deferred(): { promise: Future<unknown>; resolve(value: unknown): void; reject(reason: unknown): void };
}
interface MochaTest {
  fullTitle(): string;
}
interface MochaRunner {
  on(event: "pass" | "pending", fn: (test: MochaTest) => void): void;
  on(event: "fail", fn: (test: MochaTest, error: Error) => void): void;
}
type Suite = (
  adapter: Adapter,
  options: { reporter: new (runner: MochaRunner) => object; timeout: number },
  done: (error: Error | null) => void,
) => void;

const runSuite = createRequire(import.meta.url)("promises-aplus-tests") as Suite;

const loop = new HostEventLoop();
// Some of its tests leave rejections unhandled on purpose.
loop.setExceptionHandler(() => {});
process.on("unhandledRejection", () => {});
const running = loop.runForever();

const adapter: Adapter = {
  resolved(value) {
    const { promise, resolve } = adapter.deferred();
    resolve(value);
    return promise;
  },
  rejected(reason) {
    const { promise, reject } = adapter.deferred();
    reject(reason);
    return promise;
  },
  deferred() {
    const promise = loop.createFuture<unknown>();
    // A promise ignores a second outcome, which a Future refuses.
    return {
      promise,
      resolve: (value) => promise.done() || promise.setResult(value),
      reject: (reason) => promise.done() || promise.setException(reason),
    };
  },
};

const failed: string[] = [];
let [passed, skipped] = [0, 0];
class Counts {
  constructor(runner: MochaRunner) {
    runner.on("pass", () => passed++);
    runner.on("pending", () => skipped++);
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}: ${error.stack}`));
  }
}

await new Promise<void>((resolve) => runSuite(adapter, { reporter: Counts, timeout: 5000 }, () => resolve()));
loop.stop();
await running;
console.log(JSON.stringify({ passed, skipped, failed }));
