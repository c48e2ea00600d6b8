/** Files that are fetched in pieces, from servers and mirrors that lie: never of two versions, and done where that can be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cut, honest, onRange } from "../hostile-answers.ts";
import { HostileServer } from "../hostile-server.ts";
import { FINAL, LIES, SIZE } from "./lies.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
const SPLIT = { split: 4, minSplitSize: 50_000 };
const PACE = { pace: { bytes: 32_768, ms: 1 } };

describe("a request for a piece is answered with", { concurrency: 4 }, () => {
  for (const [what, lie] of LIES) {
    for (const often of ["once", "each time"] as const) {
      test(`${what}, ${often}`, async () => {
        await using stage = await Stage.open();
        const file = stage.server.file(PATH);
        file.size = SIZE;
        const contents = [file.content];
        let lies = 0;
        file.answer = (exchange) => {
          if (exchange.request.headers.range === undefined || (often === "once" && lies > 0))
            return honest(PACE)(exchange);
          lies++;
          const answer = lie(file);
          contents.push(file.content);
          return answer(exchange);
        };
        const { first } = await stage.download([stage.server.url(PATH)], { ...SPLIT, retries: 4 });
        assert.ok(lies > 0);
        if (first.type === "failed" && (often === "each time" || FINAL.has(what)))
          assertFailed(first, "ERR_STATUS", "ERR_CHANGED");
        else assertWhole(stage, first, ...contents);
      });
    }
  }
});

describe("pieces", () => {
  for (const how of ["fin", "reset", "stall"] as const) {
    test(`that are cut by ${how} time and again come to the file`, async () => {
      await using stage = await Stage.open();
      const file = stage.server.file(PATH);
      file.size = SIZE;
      let n = 0;
      file.answer = (exchange) => (++n % 3 > 0 && n < 12 ? cut(60_000, how, PACE) : honest(PACE))(exchange);
      const { first } = await stage.download([stage.server.url(PATH)], { ...SPLIT, retries: 20 });
      assertWhole(stage, first, file.content);
      assert.ok(file.sent <= 2 * SIZE, `${file.sent} bytes were sent of ${SIZE}`);
    });
  }

  test("of a server without ranges are not asked for again and again", async () => {
    await using stage = await Stage.open();
    const file = stage.server.file(PATH);
    file.size = SIZE;
    const whole = honest(PACE, (reply) => ({ ...reply, status: 200, from: 0, to: SIZE, headers: { etag: file.etag } }));
    file.answer = whole;
    const { first } = await stage.download([stage.server.url(PATH)], SPLIT);
    assertWhole(stage, first, file.content);
    assert.ok(file.requests.length <= 5, `${file.requests.length} requests`);
  });

  test("of a file that changes in between are of one version", async () => {
    await using stage = await Stage.open();
    const file = stage.server.file(PATH);
    file.size = SIZE;
    let n = 0;
    file.answer = (exchange) => {
      if (++n === 3) file.change(SIZE + 777);
      return honest(PACE)(exchange);
    };
    const { first } = await stage.download([stage.server.url(PATH)], SPLIT);
    assertWhole(stage, first, file.content);
  });

  test("of a version that changes with each request: never a file of several", async () => {
    await using stage = await Stage.open();
    const file = stage.server.file(PATH);
    file.size = SIZE;
    const contents = [file.content];
    file.answer = (exchange) => {
      file.change();
      contents.push(file.content);
      return honest(PACE)(exchange);
    };
    const { first } = await stage.download([stage.server.url(PATH)], SPLIT);
    assertWhole(stage, first, ...contents);
  });
});

describe("a mirror that has", { concurrency: 4 }, () => {
  for (const [what, change] of [
    ["another version, and its ETag", { version: 2, etag: '"other"' }],
    ["another version, and the same ETag", { version: 2 }],
    ["another version, and no ETag", { version: 2, etag: null }],
    ["another version, and nothing to tell it by", { version: 2, etag: null, lastModified: null }],
    ["another length", { size: SIZE - 1, etag: '"other"' }],
    ["another length, and the same ETag", { size: SIZE + 1 }],
    ["nothing", { size: 0 }],
  ] as const) {
    for (const isFirst of [true, false]) {
      for (const options of [{}, SPLIT]) {
        const title = `${what}, asked ${isFirst ? "first" : "second"}${options === SPLIT ? ", in pieces" : ""}`;
        const prepare = async (stage: Stage, other: HostileServer) => {
          const [good, bad] = [stage.server.file(PATH), other.file(PATH)];
          Object.assign(bad, { size: SIZE, etag: good.etag, lastModified: good.lastModified }, change);
          good.size = SIZE;
          let n = 0;
          const answer = onRange(honest(PACE));
          // The first answers are cut, so that each is gone on from at the other one.
          stage.server.answer = (exchange) => (n++ < 2 ? cut(200_000, "fin", PACE) : answer)(exchange);
          other.answer = (exchange) => (n++ < 2 ? cut(200_000, "fin", PACE) : answer)(exchange);
          const urls = [stage.server.url(PATH), other.url(PATH)];
          const [url = "", mirror = ""] = isFirst ? urls.toReversed() : urls;
          return { good, bad, item: { url, mirrors: [mirror] } };
        };

        test(`${title}: the checksum tells`, async () => {
          await using stage = await Stage.open();
          await using other = await HostileServer.listen();
          const { good, item } = await prepare(stage, other);
          const checksum = `sha256=${good.content.sha256()}`;
          const { first } = await stage.download([{ ...item, checksum }], { ...options, retries: 6 });
          assertWhole(stage, first, good.content);
        });

        // That two servers lie about the same ETag, nothing but a checksum tells.
        if (what.includes("the same ETag")) continue;
        test(`${title}: the file is one server's`, async () => {
          await using stage = await Stage.open();
          await using other = await HostileServer.listen();
          const { good, bad, item } = await prepare(stage, other);
          const { first } = await stage.download([item], { ...options, retries: 6 });
          assertWhole(stage, first, good.content, bad.content);
        });
      }
    }
  }
});
