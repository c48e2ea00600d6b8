// Lists and names without end: what they take.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { createGzip } from "node:zlib";
import { run } from "yieldfrom";
import { ListReader } from "../../src/input/list-reader.ts";
import { Claims } from "../../src/names/claims.ts";

const MILLION = 1_000_000;

function* chunks(line: (k: number) => string): Generator<Buffer> {
  let text = "";
  for (let k = 0; k < MILLION; k++) {
    text += line(k);
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = "";
    }
  }
  yield Buffer.from(text);
}

for (const [name, line] of [
  ["addresses", (k: number) => `https://host${k % 100}.example.org/path/to/file-${k}.jpg\n`],
  ["JSON", (k: number) => `{"url":"https://host.example.org/${k}","name":"photo-${k}.jpg"}\n`],
  ["aria2's form", (k: number) => `https://host.example.org/${k}\n  out=photo-${k}.jpg\n`],
] as const) {
  for (const zipped of [false, true]) {
    test(`a million lines of ${name}${zipped ? ", gzip'd" : ""}, in little memory`, { timeout: 60_000 }, () =>
      run(function* () {
        const plain = Readable.from(chunks(line), { objectMode: false });
        using reader = new ListReader(zipped ? plain.pipe(createGzip({ level: 1 })) : plain, { name: "L" });
        const before = process.memoryUsage.rss();
        let count = 0;
        let most = 0;
        for (let batch = yield* reader.next(); batch !== null; batch = yield* reader.next()) {
          count += batch.length;
          assert.ok(batch.every((entry) => "url" in entry));
          if (count % 50_000 < batch.length) most = Math.max(most, process.memoryUsage.rss() - before);
        }
        assert.equal(count, MILLION);
        assert.ok(most < 150e6, `${Math.round(most / 1e6)} MB`);
      }),
    );
  }
}

test("an address with more options than any has, in little memory", () =>
  run(function* () {
    function* lines(): Generator<Buffer> {
      yield Buffer.from("https://host.example.org/\n");
      for (let k = 0; k < 15_000; k++) yield Buffer.from(`  header=X: ${String(k).padStart(20_000, "x")}\n`);
    }
    using reader = new ListReader(Readable.from(lines(), { objectMode: false }), { name: "L" });
    const before = process.memoryUsage.rss();
    assert.equal((yield* reader.next())?.length, 1);
    const more = process.memoryUsage.rss() - before;
    assert.ok(more < 150e6, `${Math.round(more / 1e6)} MB`);
  }));

test("a million names in less than 24 MB", () => {
  const claims = new Claims();
  for (let k = 0; k < MILLION; k++) assert.equal(claims.claim(`photo-${k}.jpg`, `http://a/${k}`), "new");
  assert.ok(claims.bytes < 24e6, `${claims.bytes} bytes`);
  assert.equal(claims.claim("PHOTO-7.jpg", "http://a/7"), "same");
});
