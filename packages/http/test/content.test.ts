import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { createTask, from, RuntimeError, run, sleep } from "yieldfrom";
import { type ClientResponse, ClientSession } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { serve } from "./server.ts";

/** Sends ten times a megabyte and notes how much of it went out. */
async function serveLarge() {
  let sent = 0;
  const server = await serve(async (_, response) => {
    for (let i = 0; i < 10 && !response.destroyed; i++) {
      if (!response.write(Buffer.alloc(1_000_000, i))) {
        await new Promise<void>((resolve) => response.once("drain", resolve).once("close", resolve));
      }
      sent++;
    }
    response.end();
  });
  return { server, sent: () => sent, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function* piecewise(response: ClientResponse) {
  let bytes = 0;
  for (;;) {
    const chunk = yield* response.content.readAny();
    if (chunk === null) return bytes;
    assert.ok(chunk.byteLength > 0);
    bytes += chunk.byteLength;
  }
}

describe("content", () => {
  test("gives what has come, then null for ever", async () => {
    await using large = await serveLarge();
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(large.server.origin);
      assert.equal(yield* piecewise(response), 10_000_000);
      assert.equal(yield* response.content.readAny(), null);
      assert.equal((yield* response.read()).byteLength, 0);
    });
  });

  test("makes the server wait for a slow reader, whose idle limit does not run meanwhile", async () => {
    await using large = await serveLarge();
    await run(function* () {
      using session = new ClientSession({ timeout: { sockRead: 250 } });
      const response = yield* session.get(large.server.origin);
      yield* sleep(350);
      const before = large.sent();
      assert.ok(before < 10, `${before} megabytes were sent to somebody who read none`);
      assert.ok(response.content.totalBytes < 1_000_000, `${response.content.totalBytes} bytes are held in memory`);
      assert.equal(yield* piecewise(response), 10_000_000);
    });
  });

  test("is read on by read()", async () => {
    await using large = await serveLarge();
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(large.server.origin);
      yield* sleep(20);
      const first = (yield* response.content.readAny())?.byteLength ?? 0;
      assert.equal(first + (yield* response.read()).byteLength, 10_000_000);
    });
  });

  test("is an AsyncIterable, for async functions and Node's streams", async () => {
    await using large = await serveLarge();
    await run(function* () {
      using session = new ClientSession();
      const sizeOf = async (chunks: AsyncIterable<Uint8Array>) => {
        let size = 0;
        for await (const chunk of chunks) size += chunk.byteLength;
        return size;
      };
      const first = yield* session.get(large.server.origin);
      assert.equal(yield* from(sizeOf(first.content)), 10_000_000);
      const second = yield* session.get(large.server.origin);
      assert.equal(yield* from(sizeOf(Readable.from(second.content))), 10_000_000);
    });
    assert.equal(large.server.connections, 1);
  });

  test("is released by an async loop that is left early", async () => {
    await using large = await serveLarge();
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(large.server.origin);
      const begin = async () => {
        for await (const chunk of response.content) return chunk;
        return null;
      };
      assert.ok(yield* from(begin()));
      yield* from(large.server.until(() => large.server.sockets.size === 0));
    });
  });

  test("throws into an async loop what the body failed with", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy());
    });
    await run(function* () {
      using session = new ClientSession();
      const response = yield* session.get(server.origin);
      const all = async () => {
        for await (const _ of response.content);
      };
      const error = yield* failureOf(from(all()));
      assert.match(String(error), /ClientPayloadError: .* the body ended early after [04] of 10 bytes/);
    });
  });

  test("is read by one task at a time", async () => {
    await using server = await serve((_, response) => void response.write("a"));
    await run(function* () {
      using session = new ClientSession();
      using response = yield* session.get(server.origin);
      yield* response.content.readAny();
      const reader = createTask(response.content.readAny());
      yield* sleep(0);
      const error = yield* failureOf(response.read());
      assert.ok(error instanceof RuntimeError);
      assert.match(error.message, /somebody is reading the body already; read it in one task/);
      assert.ok(!reader.done());
      reader.cancel();
      yield* failureOf(reader);
    });
  });
});
