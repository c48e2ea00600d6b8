/** A cancellation at every point where each exchange waits: it must leave nothing open, and nothing unsaid. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import type { Awaitable, Coroutine } from "yieldfrom";
import {
  createConnection,
  openConnection,
  openUnixConnection,
  Protocol,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from "../src/index.ts";
import { certificateFor } from "./certificates.ts";
import { text } from "./helpers.ts";

const localhost = await certificateFor("localhost");
const ssl = { ca: localhost.cert };
const trusting = { ssl, serverHostname: "localhost" };

/** Answers lines, and speaks TLS when asked to. */
function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const line = yield* text(reader.readLine());
      if (line === "") break;
      writer.write(line);
      if (line === "STARTTLS\n") yield* writer.startTls(localhost);
      else yield* writer.drain();
    }
  } catch {
    // The client went away, or does not speak TLS.
  } finally {
    writer.close();
  }
}

/** The body with a server, which ends with it, however it ends. */
function* withServer(server: Server, body: (port: number) => Coroutine<void>): Coroutine<void> {
  try {
    yield* body(server.port);
  } finally {
    server.close();
    server.abortClients();
  }
}

function* exchange([reader, writer]: [StreamReader, StreamWriter]): Coroutine<void> {
  try {
    for (const line of ["one\n", "two\n"]) {
      writer.write(line);
      yield* writer.drain();
      assert.equal(yield* text(reader.readLine()), line);
    }
  } finally {
    writer.close();
  }
  yield* writer.waitClosed();
}

const programs: Record<string, () => Awaitable<unknown>> = {
  *"an exchange over TCP"() {
    yield* withServer(yield* startServer(echo, "127.0.0.1", 0), function* (port) {
      yield* exchange(yield* openConnection("127.0.0.1", port));
    });
  },
  *"a connection by happy eyeballs"() {
    yield* withServer(yield* startServer(echo, "127.0.0.1", 0), function* (port) {
      yield* exchange(yield* openConnection("localhost", port, { happyEyeballsDelay: 50 }));
    });
  },
  *"an exchange over TLS"() {
    yield* withServer(yield* startServer(echo, "127.0.0.1", 0, { ssl: localhost }), function* (port) {
      yield* exchange(yield* openConnection("127.0.0.1", port, trusting));
    });
  },
  *startTls() {
    yield* withServer(yield* startServer(echo, "127.0.0.1", 0), function* (port) {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      try {
        writer.write("STARTTLS\n");
        yield* reader.readLine();
        yield* writer.startTls(ssl, { serverHostname: "localhost" });
        yield* exchange([reader, writer]);
      } finally {
        writer.close();
      }
    });
  },
  *"an exchange over a Unix socket"() {
    const folder = mkdtempSync(join(tmpdir(), "yieldfrom-"));
    try {
      const path = join(folder, "socket");
      const server = yield* startUnixServer(echo, path);
      try {
        yield* exchange(yield* openUnixConnection(path));
      } finally {
        server.close();
        server.abortClients();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  *"a protocol's connection"() {
    yield* withServer(yield* startServer(echo, "127.0.0.1", 0), function* (port) {
      const [transport] = yield* createConnection(() => new Protocol(), "127.0.0.1", port);
      transport.close();
    });
  },
  *"a server's use, with a client"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    yield* server.use(function* () {
      yield* exchange(yield* openConnection("127.0.0.1", server.port));
    });
  },
};

for (const [name, program] of Object.entries(programs)) {
  test(name, async (t) => {
    const points = await cancelEverywhere(program);
    t.diagnostic(`${points} points`);
    assert.ok(points >= 3);
  });
}

test("serveForever", async () => {
  // It ends by a cancellation only; so it ends itself, once all of the points before were seen.
  const points = await cancelEverywhere(
    function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
      try {
        server.getLoop().callLater(20, () => server.close());
        yield* server.serveForever();
      } catch {
        return;
      } finally {
        server.close();
      }
    },
    { mayFinish: true },
  );
  assert.ok(points >= 2);
});
