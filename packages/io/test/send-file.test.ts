import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Coroutine, createTask, from, sleep } from "yieldfrom";
import {
  openConnection,
  type SendFileOptions,
  SendfileNotAvailableError,
  type StreamReader,
  type StreamWriter,
  sendFile,
  startServer,
  type Transport,
} from "../src/index.ts";
import { failureOf } from "./helpers.ts";
import { real, turns } from "./real.ts";

const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 251));

/** A file with that content, and a connection to send it by. */
function* withFile(
  body: (transport: Transport, file: FileHandle, received: Promise<Buffer>) => Coroutine<void>,
): Coroutine<void> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-"));
  const path = join(folder, "file");
  writeFileSync(path, content);
  const file = yield* from(open(path));
  let resolve!: (data: Buffer) => void;
  const received = new Promise<Buffer>((done) => {
    resolve = done;
  });
  const server = yield* startServer(
    function* (reader: StreamReader, writer: StreamWriter) {
      resolve(yield* reader.read());
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  try {
    const [, writer] = yield* openConnection("127.0.0.1", server.port);
    try {
      yield* body(writer.transport as Transport, file, received);
    } finally {
      writer.close();
    }
  } finally {
    server.close();
    server.abortClients();
    yield* from(file.close());
    rmSync(folder, { recursive: true });
  }
}

const parts: [SendFileOptions, start: number, end: number][] = [
  [{}, 0, content.length],
  [{ offset: 1_000_000 }, 1_000_000, content.length],
  [{ offset: 5, count: 300_000 }, 5, 300_005],
  [{ count: 10_000_000 }, 0, content.length],
  [{ offset: 10_000_000 }, content.length, content.length],
];
for (const [options, start, end] of parts) {
  test(`sends a file ${JSON.stringify(options)}`, () =>
    real(function* () {
      yield* withFile(function* (transport, file, received) {
        const protocol = transport.getProtocol();
        assert.equal(yield* sendFile(transport, file, options), end - start);
        assert.equal(transport.getProtocol(), protocol);
        assert.equal(transport.isReading(), true);
        transport.close();
        assert.ok((yield* from(received)).equals(content.subarray(start, end)));
      });
    }));
}

test("holds no more than a piece in memory, cancelled gives the connection back", () =>
  real(function* () {
    // One that nobody holds may be collected, and its connection closed then.
    const held: StreamWriter[] = [];
    const server = yield* startServer(
      (_, writer) => {
        held.push(writer);
        (writer.transport as Transport).pauseReading();
      },
      "127.0.0.1",
      0,
    );
    try {
      const [, writer] = yield* openConnection("127.0.0.1", server.port);
      const transport = writer.transport as Transport;
      const protocol = transport.getProtocol();
      const file = yield* from(open("/dev/zero"));
      const sending = createTask(sendFile(transport, file));
      for (let i = 0; i < 50; i++) yield* turns();
      assert.ok(transport.getWriteBufferSize() <= 262_144 + 65_536, `${transport.getWriteBufferSize()}`);
      sending.cancel();
      yield* failureOf(sending);
      assert.deepEqual([sending.cancelled(), transport.getProtocol(), transport.isReading()], [true, protocol, true]);
      yield* from(file.close());
      transport.abort();
    } finally {
      server.close();
      for (const writer of held) writer.transport.abort();
    }
  }));

test("refuses what it can't do", () =>
  real(function* () {
    yield* withFile(function* (transport, file) {
      const error = yield* failureOf(sendFile(transport, file, { fallback: false }));
      assert.ok(error instanceof SendfileNotAvailableError);
      assert.equal(error.code, "ERR_SENDFILE_NOT_AVAILABLE");
      assert.match(`${yield* failureOf(sendFile(transport, file, { offset: -1 }))}`, /^RangeError: Expected `offset`/);
      assert.match(`${yield* failureOf(sendFile(transport, file, { count: 0 }))}`, /^RangeError: Expected `count`/);
      transport.close();
      assert.match(`${yield* failureOf(sendFile(transport, file))}`, /^RuntimeError: .* which is closing$/);
    });
  }));

test("of a lost connection throws", () =>
  real(function* () {
    yield* withFile(function* (transport, file) {
      const sending = createTask(sendFile(transport, file));
      yield* sleep(0); // It reads the first piece.
      transport.abort();
      const error = yield* failureOf(sending);
      assert.match(`${error}`, /^ConnectionResetError: (sendFile\(\) on a connection that is lost|the connection)/);
    });
  }));
