import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TWENTY } from "./countries.ts";
import { MODES, type Mode } from "./modes.ts";
import { createPlanner, type Fault } from "./server/plan.ts";
import { assertHolds, emptyFolder, linesOf, run, serve } from "./test-program.ts";

const MODE_NAMES = Object.keys(MODES) as Mode[];

describe("every mode", { concurrency: 2 }, () => {
  for (const mode of MODE_NAMES) {
    test(`${mode}: downloads the twenty whole, not more at a time than it may`, async (t) => {
      const server = await serve(t, { mode: "DELAY", minDelay: 20, maxDelay: 30 });
      const folder = await emptyFolder(t);
      const { stdout, stderr, code } = await run(
        t,
        ...["--mode", mode, "-m", "4", "--server", server.url, "--output", folder],
      );
      assert.equal(stderr, "");
      assert.match(stdout, /^20 downloaded, 0 not found, 0 errors, \d+\.\d\d s elapsed\n$/);
      assert.equal(code, 0);
      await assertHolds(folder, TWENTY);
      assert.equal(server.requests, 20);
      if (mode === "sequential") assert.equal(server.maxConcurrent, 1);
      // Threads start so slowly that the first may be done before the fourth begins.
      else if (mode === "threads") assert.ok(server.maxConcurrent <= 4, `${server.maxConcurrent} at a time`);
      else assert.equal(server.maxConcurrent, 4);
    });

    test(`${mode}: reports each failure beside its code, and finishes the others`, async (t) => {
      const { url } = await serve(t, { mode: "ERROR", minDelay: 0, maxDelay: 3 });
      const folder = await emptyFolder(t);
      // For the coroutines so many that each request has a connection of its own; for threads that is too slow.
      const most = mode === "threads" ? "2" : "20";
      const { stdout, stderr, code } = await run(t, "--mode", mode, "-m", most, "--server", url, "--output", folder);
      const expected = expectedFaults(mode);
      const saved = TWENTY.filter((cc) => expected.get(cc) === undefined);
      await assertHolds(folder, saved);
      const failures = linesOf(stderr);
      assert.equal(failures.length, 20 - saved.length);
      for (const line of failures) {
        const [cc, message] = line.split(/: (.*)/s) as [string, string];
        const address = `GET ${url}/${cc.toLowerCase()}/${cc.toLowerCase()}.svg: `;
        assert.ok(message.startsWith(address), line);
        assert.match(message.slice(address.length), SAID[expected.get(cc) ?? "unavailable"], line);
      }
      const missing = TWENTY.filter((cc) => expected.get(cc) === "notFound").length;
      const counts = `${saved.length} downloaded, ${missing} not found, ${20 - saved.length - missing} errors, `;
      assert.ok(stdout.startsWith(counts), stdout);
      assert.equal(code, 1);
    });
  }
});

const SAID: Record<Fault, RegExp> = {
  notFound: /^the server answered 404 Not Found$/,
  unavailable: /^the server answered 503 Service Unavailable$/,
  dropped: /other side closed/,
  cut: /other side closed/,
};

/**
 * What the ERROR server does to each of the twenty with its default seed. A client session asks once more when a
 * connection that it has kept is closed before anything came on it (as aiohttp does), and the only mode that uses a
 * connection twice here is the sequential one.
 */
function expectedFaults(mode: Mode): Map<string, Fault | undefined> {
  const plan = createPlanner("ERROR");
  let isKept = false;
  return new Map(
    TWENTY.map((cc) => {
      const path = `/flags/${cc}/${cc}.svg`.toLowerCase();
      let { fault } = plan(path);
      if (fault === "dropped" && isKept) fault = plan(path).fault;
      isKept = mode === "sequential" && fault !== "dropped" && fault !== "cut";
      return [cc, fault];
    }),
  );
}
