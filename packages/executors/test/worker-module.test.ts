import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { referenceOf } from "../src/worker-function.ts";
import { workerModule } from "../src/worker-module.ts";

const url = new URL("./workers/jobs.ts", import.meta.url);
const jobs = workerModule<typeof import("./workers/jobs.ts")>(url);

describe("a worker module", () => {
  test("names a function by URL and export, always the same object", () => {
    assert.deepEqual(referenceOf(jobs.add), { url: url.href, name: "add" });
    assert.equal(jobs.add, jobs.add);
    assert.notEqual(jobs.add, jobs.greet);
    assert.equal(jobs.add.name, "add");
  });

  test("does not load the module here", () => {
    const broken = workerModule<typeof import("./workers/broken.ts")>(new URL("./workers/broken.ts", import.meta.url));
    assert.match(inspect(broken.never), /^<WorkerFunction never of file:.*broken\.ts>$/);
  });

  test("is no thenable: await gives the module itself", async () => {
    assert.equal(await jobs, jobs);
    assert.equal("then" in jobs, false);
  });

  test("prints its URL, and its functions their names", () => {
    assert.equal(inspect(jobs), `<WorkerModule ${url.href}>`);
    assert.equal(inspect(jobs.add), `<WorkerFunction add of ${url.href}>`);
  });

  test("can't be changed", () => {
    const loose = jobs as { add: unknown };
    assert.throws(() => {
      loose.add = () => 3;
    }, TypeError);
    assert.throws(() => Object.assign(jobs.add, { extra: 1 }), TypeError);
  });

  test("calling a function of it here says to submit it", () => {
    assert.throws(
      () => jobs.add(1, 2),
      (error: Error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /^add of file:.*jobs\.ts is a reference to a function that runs in a worker/);
        assert.match(error.message, /executor\.submit\(files\.add, …\), or loop\.runInExecutor\(null, files\.add, …\)/);
        return true;
      },
    );
  });
});

describe("the URL of a worker module", () => {
  test("must be a URL: a path is refused with the line to write", () => {
    assert.throws(
      () => workerModule("./files.ts" as never),
      new TypeError(
        "Expected `url` of workerModule to be a URL, got './files.ts'. " +
          'Write workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url)).',
      ),
    );
    assert.throws(() => workerModule(undefined as never), /got undefined\. Write workerModule</);
  });

  test("must not need the network", () => {
    for (const address of ["http://localhost/files.ts", "https://localhost/files.ts", "blob:nodedata:1"]) {
      assert.throws(
        () => workerModule(new URL(address)),
        (error: Error) => {
          assert.ok(error instanceof TypeError);
          assert.ok(error.message.includes(`can't take ${address}: `), error.message);
          return true;
        },
      );
    }
  });

  test("may be a module of Node or a data: URL", () => {
    assert.deepEqual(referenceOf(workerModule<typeof import("node:zlib")>(new URL("node:zlib")).gzipSync), {
      url: "node:zlib",
      name: "gzipSync",
    });
    const data = new URL("data:text/javascript,export function two() { return 2 }");
    assert.equal(inspect(workerModule(data)), `<WorkerModule ${data.href}>`);
  });
});
