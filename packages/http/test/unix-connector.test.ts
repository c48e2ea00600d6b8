import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { run } from "yieldfrom";
import { ClientConnectorError, ClientSession, UnixClientConnectorError, UnixConnector } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { leavesNothing } from "./leaves-nothing.ts";

let folder: string;
let path: string;
const server = createServer((request, response) => void response.end(`${request.headers.host} ${request.url}`));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "yieldfrom-"));
  path = join(folder, "http.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
});

after(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

leavesNothing();

describe("UnixConnector", () => {
  test("goes to its socket whatever the URL says, over a kept connection", async () => {
    let connections = 0;
    const count = () => connections++;
    server.on("connection", count);
    await run(function* () {
      using session = new ClientSession({ connector: new UnixConnector(path) });
      for (const host of ["localhost", "localhost", "some.example"]) {
        using response = yield* session.get(`http://${host}/a`);
        assert.equal(yield* response.text(), `${host} /a`);
      }
    });
    server.off("connection", count);
    assert.equal(connections, 2);
  });

  test("fails for a socket that is not there, and names it", async () => {
    await run(function* () {
      const nowhere = join(folder, "nobody.sock");
      using session = new ClientSession({ connector: new UnixConnector(nowhere) });
      const error = yield* failureOf(session.get("http://localhost/"));
      assert.ok(error instanceof UnixClientConnectorError && error instanceof ClientConnectorError, String(error));
      assert.deepEqual([error.code, error.path, error.errno], ["ERR_UNIX_CLIENT_CONNECTOR", nowhere, "ENOENT"]);
      assert.equal(
        error.message,
        `GET http://localhost/: the socket ${nowhere} could not be connected to: connect ENOENT ${nowhere} while connecting`,
      );
    });
  });

  test("leaves nothing when it is cancelled at any point", async () => {
    await cancelEverywhere(function* () {
      const session = new ClientSession({ connector: new UnixConnector(path) });
      try {
        using response = yield* session.get("http://localhost/");
        yield* response.read();
      } finally {
        yield* session.close();
      }
    });
  });
});
