import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamReader } from "@yieldfrom/io";
import { type Coroutine, sleep, VirtualEventLoop } from "yieldfrom";
import { CharIndex } from "./char-index.ts";
import { converse } from "./session.ts";

const names = new Map([
  [0x26, "AMPERSAND"],
  [0x1f408, "CAT"],
  [0x1f431, "CAT FACE"],
]);
// More than one portion.
for (let codePoint = 0x20000; codePoint < 0x20000 + 12_000; codePoint++) names.set(codePoint, "IDEOGRAPH");
const index = new CharIndex(names);

/** All that happens in a conversation with a client that says this, and then ends its side. */
function conversation(said: string | Uint8Array) {
  using loop = new VirtualEventLoop();
  const written: string[] = [];
  const drained: number[] = [];
  const log: string[] = [];
  const writer = {
    write: (data: Uint8Array | string) => void written.push(String(data)),
    *drain(): Coroutine<void> {
      drained.push(written.join("").split("\r\n").length);
      yield* sleep(1);
    },
  };
  function* find(...args: Parameters<CharIndex["find"]>) {
    yield* sleep(10);
    return index.find(...args);
  }
  const reader = new StreamReader({ loop });
  reader.feedData(Buffer.from(said));
  reader.feedEof();
  loop.runUntilComplete(converse(reader, writer, find, (line) => log.push(line)));
  return { text: written.join(""), drained, log };
}

test("a query a line, until the client ends", () => {
  const { text, log } = conversation("cat\r\n\r\n  face   CAT\nunicorn\namper");
  assert.deepEqual(text.split("\r\n"), [
    "?> U+1F408\t🐈\tCAT",
    "U+1F431\t🐱\tCAT FACE",
    "2 characters found: cat",
    "?> ?> U+1F431\t🐱\tCAT FACE",
    "1 character found: face CAT",
    "?> 0 characters found: unicorn",
    // The last line has no end.
    "?> 0 characters found: amper",
    "?> ",
  ]);
  assert.deepEqual(log, [
    '"cat": 2 characters found',
    '"face CAT": 1 character found',
    '"unicorn": 0 characters found',
    '"amper": 0 characters found',
  ]);
});

test("control characters end it, and what is no UTF-8, such as telnet's Ctrl-C", () => {
  for (const end of ["\x04\n", "\x03cat\n", "ca\x1bt\n", "\0\n", Buffer.from([0xff, 0xf4, 0xff, 0xfd, 0x06, 0x0a])]) {
    const { text } = conversation(Buffer.concat([Buffer.from("\n"), Buffer.from(end), Buffer.from("cat\n")]));
    assert.equal(text, "?> ?> ");
  }
  // A tab is a space.
  assert.match(conversation("cat\tface\n").text, /1 character found: cat face/);
});

test("what is found goes out in portions, each when the client has taken the one before", () => {
  const { text, drained } = conversation("ideograph\n");
  assert.equal(text.split("\r\n").length, 12_000 + 2);
  assert.match(text, /12000 characters found: ideograph\r\n\?> $/);
  assert.deepEqual(drained, [1, 5001, 10_001, 12_001, 12_002]);
});
