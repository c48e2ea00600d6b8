/** Storms of 429 and 503, with hints that are absurd, and statuses that nobody expects. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { honest, status } from "../hostile-answers.ts";
import { assertFailed, assertWhole, leavesNothing, retriesOf, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";

describe("statuses that pass", () => {
  for (const code of [408, 425, 429, 500, 502, 503, 504]) {
    test(`${code} is asked again`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.plan(PATH, status(code), status(code, {}, "wait"));
      const outcome = await stage.download([stage.server.url(PATH)]);
      assertWhole(stage, outcome.first, file.content);
      const reasons = retriesOf(outcome).map((event) => event.type === "retry" && event.reason.status);
      assert.deepEqual(reasons, [code, code]);
    });

    test(`${code} each time fails after the retries`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.always(PATH, status(code, {}, "no"));
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertFailed(first, "ERR_STATUS");
      const { attempts, kept, reason } = first;
      assert.deepEqual([reason.status, kept, file.requests.length], [code, 0, attempts]);
      // The host's own overload is not held against the item at once.
      assert.ok(attempts === 3 || (attempts > 3 && attempts < 10 && [429, 503].includes(code)), String(attempts));
    });
  }
});

describe("statuses that stay", () => {
  for (const code of [
    204, 205, 226, 300, 304, 305, 399, 400, 401, 403, 404, 405, 407, 410, 412, 418, 451, 499, 501, 505, 599, 600, 999,
  ]) {
    test(`${code} is no file, and asked for once`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.always(PATH, status(code));
      const { first } = await stage.download([stage.server.url(PATH)]);
      assertFailed(first, "ERR_STATUS", "ERR_SERVER_PROTOCOL", "ERR_REDIRECT");
      if (first.reason.code === "ERR_STATUS") assert.equal(first.reason.status, code);
      assert.ok(file.requests.length === 1 || code >= 500, `${file.requests.length} requests`);
      assert.deepEqual(stage.names, []);
    });
  }
});

describe("Retry-After", () => {
  for (const [what, value, requests] of [
    ["nothing", "0", 2],
    ["less than nothing", "-5", 2],
    ["a time that was", "Sun, 06 Nov 1994 08:49:37 GMT", 2],
    ["no time", "soon", 2],
    ["an empty one", "", 2],
    ["more than is waited", "100", 1],
    ["a thousand million seconds", "1000000000", 1],
    ["more seconds than there are numbers", "9".repeat(400), 1],
    ["a time in a hundred years", "Sun, 06 Nov 2126 08:49:37 GMT", 1],
  ] as const) {
    for (const code of [429, 503]) {
      test(`of ${code} says ${what}: ${requests === 1 ? "it is not asked again" : "it is asked again at once"}`, async () => {
        await using stage = await Stage.open();
        const file = stage.server.plan(PATH, status(code, { "retry-after": value }));
        const begin = performance.now();
        const { first } = await stage.download([stage.server.url(PATH)]);
        assert.ok(performance.now() - begin < 2000);
        assert.equal(file.requests.length, requests);
        if (requests === 1) assertFailed(first, "ERR_STATUS");
        else assertWhole(stage, first, file.content);
      });
    }
  }

  test("is obeyed where it is to be had", async () => {
    await using stage = await Stage.open();
    const times: number[] = [];
    const file = stage.server.plan(PATH, (exchange) => {
      times.push(performance.now());
      return status(429, { "retry-after": "1" })(exchange);
    });
    const { first } = await stage.download([stage.server.url(PATH)], { maxRetryDelay: 5000 });
    assertWhole(stage, first, file.content);
    assert.ok(performance.now() - times[0]! >= 990, "a second was waited");
  });
});

describe("a storm", () => {
  for (const code of [429, 503]) {
    test(`of ${code} that passes fails nothing`, async () => {
      await using stage = await Stage.open();
      const right = stage.server.answer;
      stage.server.answer = (exchange) => (stage.server.requests.length <= 40 ? status(code) : right)(exchange);
      const paths = Array.from({ length: 60 }, (_, index) => `/${index}.bin`);
      const { ends } = await stage.download(
        paths.map((path) => stage.server.url(path)),
        { retries: 50 },
      );
      paths.forEach((path, index) => {
        assertWhole(stage, ends.get(index + 1)!, stage.server.file(path).content);
      });
      assert.equal(stage.server.requests.length, 100);
    });

    test(`of ${code} for all beyond some requests at a time fails nothing`, async () => {
      await using stage = await Stage.open();
      let active = 0;
      stage.server.answer = async (exchange) => {
        active++;
        await exchange.sleep(5);
        await (active > 4 ? status(code) : honest())(exchange);
        active--;
      };
      const paths = Array.from({ length: 100 }, (_, index) => `/${index}.bin`);
      const { ends } = await stage.download(
        paths.map((path) => stage.server.url(path)),
        { retries: 10 },
      );
      paths.forEach((path, index) => {
        assertWhole(stage, ends.get(index + 1)!, stage.server.file(path).content);
      });
      const { length } = stage.server.requests;
      assert.ok(length < 200, `${length} requests for 100 files`);
    });

    test(`of ${code} without an end fails all, within the retries`, async () => {
      await using stage = await Stage.open();
      stage.server.answer = status(code);
      const paths = Array.from({ length: 60 }, (_, index) => `/${index}.bin`);
      const { ends } = await stage.download(paths.map((path) => stage.server.url(path)));
      for (const end of ends.values()) assertFailed(end, "ERR_STATUS", "ERR_HOST_CLOSED");
      assert.ok(stage.server.requests.length <= 180, `${stage.server.requests.length} requests`);
    });
  }

  test("of one server holds up no other one", async () => {
    await using stage = await Stage.open();
    await using other = await Stage.open();
    stage.server.answer = status(429, { "retry-after": "1" });
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const urls = paths.flatMap((path) => [stage.server.url(`${path}-a`), other.server.url(`${path}-b`)]);
    const { events } = await stage.download(urls, { limit: 4, maxRetryDelay: 3000, retries: 1 });
    const done = events.filter(({ type }) => type === "done");
    assert.equal(done.length, 20);
    const last = events.findLastIndex(({ type }) => type === "done");
    const failed = events.findIndex(({ type }) => type === "failed");
    assert.ok(last < failed, "the other server's files came meanwhile");
  });
});
