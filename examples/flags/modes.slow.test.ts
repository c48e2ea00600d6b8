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
      await assertHolds(folder, TWENTY, mode);
      assert.equal(server.requests, mode === "named" ? 40 : 20);
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
      const saved = TWENTY.filter((cc) => !expected.has(cc));
      await assertHolds(folder, saved, mode);
      const failures = linesOf(stderr);
      assert.equal(failures.length, 20 - saved.length);
      for (const line of failures) {
        const [cc = "", message = ""] = line.split(/: (.*)/s);
        const { path, fault } = expected.get(cc) ?? assert.fail(line);
        const address = `GET ${new URL(path, url)}: `;
        assert.ok(message.startsWith(address), line);
        assert.match(message.slice(address.length), SAID[fault], line);
      }
      const missing = [...expected.values()].filter(({ fault }) => fault === "notFound").length;
      const counts = `${saved.length} downloaded, ${missing} not found, ${20 - saved.length - missing} errors, `;
      assert.ok(stdout.startsWith(counts), stdout);
      assert.equal(code, 1);
    });
  }
});

test("named: a permit is held for one request, not for both of a flag", async (t) => {
  const asked: string[] = [];
  const { url } = await serve(t, { log: (line) => asked.push(line.split(" ")[1] ?? "") });
  const args = ["--mode", "named", "-m", "1", "--server", url, "--output", await emptyFolder(t), "--json", "FR", "CI"];
  const { stdout, code } = await run(t, ...args);
  // Who waits already is first: the first flag's second request comes after the second flag's first.
  assert.deepEqual(
    asked.map((path) => path.replace("/flags/", "")),
    ["fr/fr.svg", "ci/ci.svg", "fr/metadata.json", "ci/metadata.json"],
  );
  // Which file a thread has saved first is open.
  const countries = new Set(linesOf(stdout).map((line) => JSON.parse(line).country));
  assert.deepEqual([countries, code], [new Set(["France", "Côte d'Ivoire", undefined]), 0]);
});

const SAID: Record<Fault, RegExp> = {
  notFound: /^the server answered 404 Not Found$/,
  unavailable: /^the server answered 503 Service Unavailable$/,
  dropped: /other side closed/,
  cut: /other side closed/,
};

/**
 * What the ERROR server does to each of the twenty with its default seed, those left out that it serves. A client session
 * asks once more when a connection that it has kept is closed before anything came on it (as aiohttp does). Here the
 * sequential mode finds one whenever the request before went well, and each second request of a flag does: the first has
 * left one, whoever takes it.
 */
function expectedFaults(mode: Mode): Map<string, { readonly path: string; readonly fault: Fault }> {
  const plan = createPlanner("ERROR");
  const expected = new Map<string, { readonly path: string; readonly fault: Fault }>();
  let isKept = false;
  const ask = (cc: string, path: string) => {
    let { fault } = plan(path);
    if (fault === "dropped" && isKept) fault = plan(path).fault;
    if (fault !== undefined) expected.set(cc, { path, fault });
    if (mode === "sequential") isKept = fault !== "dropped" && fault !== "cut";
  };
  for (const cc of TWENTY) ask(cc, `/flags/${cc}/${cc}.svg`.toLowerCase());
  if (mode !== "named") return expected;
  isKept = true;
  for (const cc of TWENTY) if (!expected.has(cc)) ask(cc, `/flags/${cc.toLowerCase()}/metadata.json`);
  return expected;
}
