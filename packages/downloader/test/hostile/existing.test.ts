/** A file that is there from before stays as it is until another one is whole. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cut, honest, status } from "../hostile-answers.ts";
import type { Answer } from "../hostile-server.ts";
import { assertFailed, assertWhole, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
const OLD = "the old one";

const FAULTS: readonly (readonly [string, Answer])[] = [
  ["is cut", cut("mid body")],
  ["is reset", cut("before the last byte", "reset")],
  ["stalls", cut("mid body", "stall")],
  ["is not there", status(404)],
  ["is nothing", status(204)],
];

for (const exists of ["overwrite", "update"] as const) {
  describe(`exists: ${exists}, and the answer`, { concurrency: 4 }, () => {
    for (const [what, answer] of FAULTS) {
      for (const size of [5000, 300_000]) {
        test(`${what} (${size} bytes): the old file stays; then comes the new one`, async () => {
          await using stage = await Stage.open();
          stage.write("file.bin", OLD);
          const file = stage.server.always(PATH, answer);
          file.size = size;
          const { first } = await stage.download([stage.server.url(PATH)], { exists, retries: 1 });
          assert.equal(first.type, "failed", JSON.stringify(first));
          assert.equal(stage.read("file.bin").toString(), OLD);
          file.answer = honest();
          // It is newer than the one that is there.
          file.lastModified = "Fri, 29 Nov 2097 10:00:00 GMT";
          const again = await stage.download([stage.server.url(PATH)], { exists });
          assertWhole(stage, again.first, file.content);
        });
      }
    }
  });
}

test("a checksum that is wrong leaves the old file", async () => {
  await using stage = await Stage.open();
  stage.write("file.bin", OLD);
  const item = { url: stage.server.url(PATH), checksum: `sha256=${"0".repeat(64)}` };
  const { first } = await stage.download([item], { exists: "overwrite" });
  assertFailed(first, "ERR_CHECKSUM");
  assert.equal(stage.read("file.bin").toString(), OLD);
  assert.deepEqual(stage.names, ["file.bin"]);
});

test("a file that the server says is unchanged stays, whatever else it says", async () => {
  await using stage = await Stage.open();
  stage.write("file.bin", OLD);
  stage.server.always(PATH, status(304, { "content-length": "5", etag: '"x"' }));
  const { first } = await stage.download([stage.server.url(PATH)], { exists: "update" });
  assert.equal(first.type === "skipped" && first.reason, "unchanged");
  assert.equal(stage.read("file.bin").toString(), OLD);
});

test("a whole file that is updated time and again is each time one version", async () => {
  await using stage = await Stage.open();
  const file = stage.server.file(PATH);
  for (let version = 1; version < 6; version++) {
    const { first } = await stage.download([stage.server.url(PATH)], { exists: "update" });
    assertWhole(stage, first, file.content);
    const again = await stage.download([stage.server.url(PATH)], { exists: "update" });
    assert.equal(again.first.type === "skipped" && again.first.reason, "unchanged");
    file.change(1000 * version);
  }
});
