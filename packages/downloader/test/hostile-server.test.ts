/** The hostile server itself: what is right is right, and what is wrong is wrong at the byte that was meant. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  bomb,
  CHUNK_PLACES,
  cut,
  endless,
  honest,
  onReuse,
  PLACES,
  raw,
  redirect,
  slowly,
  status,
  withHeaders,
} from "./hostile-answers.ts";
import { Content } from "./hostile-content.ts";
import { closedPort, HostileServer } from "./hostile-server.ts";

interface Got {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  readonly all: Buffer;
  /** How the connection ended: `end`, or the code of the error. */
  readonly end: string;
}

/** What the server sends for these requests on one connection, until it closes, or is silent for `patience` ms. */
function ask(server: HostileServer, requests: readonly string[], patience = 60): Promise<Got> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    const done = (end: string) => {
      clearTimeout(timer);
      socket.destroy();
      const all = Buffer.concat(chunks);
      const mark = all.indexOf("\r\n\r\n");
      const head = all.subarray(0, mark < 0 ? undefined : mark).toString("latin1");
      resolve({ status: Number(head.slice(9, 12)), head, body: mark < 0 ? EMPTY : all.subarray(mark + 4), all, end });
    };
    const timer = setTimeout(() => done("silence"), patience);
    let left = requests.length;
    const next = () => {
      const request = requests[requests.length - left];
      if (left-- > 0) socket.write(`${request}\r\n\r\n`);
    };
    socket.on("connect", next);
    socket.on("data", (bytes: Buffer) => {
      chunks.push(bytes);
      timer.refresh();
      next();
    });
    socket.on("end", () => done("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

const EMPTY = Buffer.alloc(0);

function get(path: string, ...fields: string[]): string {
  return [`GET ${path} HTTP/1.1`, "Host: x", ...fields].join("\r\n");
}

describe("a content", () => {
  test("is the same each time, and for each part of it", () => {
    const whole = new Content("a", 200_000).bytes();
    assert.equal(whole.length, 200_000);
    assert.deepEqual(new Content("a", 300_000).bytes(65_000, 140_001), whole.subarray(65_000, 140_001));
    assert.equal(new Content("a", 200_000).sha256(), new Content("a", 200_000).sha256());
  });

  test("is another one for another text, at nearly each byte", () => {
    const [one, two] = [new Content("a 1", 100_000).bytes(), new Content("a 2", 100_000).bytes()];
    const same = one.filter((byte, at) => byte === two[at]).length;
    assert.ok(same < 1000, String(same));
  });

  test("tells where bytes differ from it, are short or too many", () => {
    const content = new Content("a", 100_000);
    const bytes = content.bytes();
    assert.equal(content.firstDifference(bytes), -1);
    assert.equal(content.firstDifference(bytes.subarray(70_000), 70_000), -1);
    assert.equal(content.firstDifference(Buffer.concat([bytes, Buffer.from("x")])), 100_000);
    bytes[65_537]! ^= 1;
    assert.equal(content.firstDifference(bytes), 65_537);
    assert.equal(content.firstDifference(bytes.subarray(65_000), 65_000), 65_537);
  });
});

describe("a file", { concurrency: 8 }, () => {
  test("is served whole, on a connection that stays", async () => {
    await using server = await HostileServer.listen();
    const file = server.file("/a");
    const { status: code, head, body, end } = await ask(server, [get("/a")]);
    assert.deepEqual([code, end, body.length], [200, "silence", file.size]);
    assert.equal(file.content.firstDifference(body), -1);
    assert.ok(head.includes(`content-length: ${file.size}`) && head.includes(`etag: ${file.etag}`), head);
    assert.deepEqual([file.requests.length, file.sent, server.connections], [1, file.size, 1]);
    assert.deepEqual(server.requests[0]?.headers, { host: "x" });
  });

  test("is told of without it (HEAD)", async () => {
    await using server = await HostileServer.listen();
    const { status: code, head, body } = await ask(server, ["HEAD /a HTTP/1.1"]);
    assert.deepEqual([code, body.length], [200, 0]);
    assert.ok(head.includes(`content-length: ${server.file("/a").size}`));
  });

  for (const [range, from, to] of [
    ["bytes=10-19", 10, 20],
    ["bytes=10-", 10, 1000],
    ["bytes=-10", 990, 1000],
    ["bytes=990-2000", 990, 1000],
  ] as const) {
    test(`is served in part: ${range}`, async () => {
      await using server = await HostileServer.listen();
      const file = server.file("/a");
      file.size = 1000;
      const { status: code, head, body } = await ask(server, [get("/a", `Range: ${range}`)]);
      assert.deepEqual([code, body], [206, file.content.bytes(from, to)]);
      assert.ok(head.includes(`content-range: bytes ${from}-${to - 1}/1000`), head);
    });
  }

  test("has no part behind its end", async () => {
    await using server = await HostileServer.listen();
    server.file("/a").size = 1000;
    const { status: code, head, body } = await ask(server, [get("/a", "Range: bytes=1000-")]);
    assert.deepEqual([code, body.length], [416, 0]);
    assert.ok(head.includes("content-range: bytes */1000"), head);
  });

  for (const [what, field, code] of [
    ["its ETag", (etag: string) => `If-Range: ${etag}`, 206],
    ["its date", (_: string, date: string) => `If-Range: ${date}`, 206],
    ["another ETag", () => 'If-Range: "other"', 200],
    ["a weak ETag", (etag: string) => `If-Range: W/${etag}`, 200],
  ] as const) {
    test(`is served in part if ${what} is given: ${code}`, async () => {
      await using server = await HostileServer.listen();
      const { etag, lastModified } = server.file("/a");
      const got = await ask(server, [get("/a", "Range: bytes=0-", field(etag ?? "", lastModified ?? ""))]);
      assert.equal(got.status, code);
    });
  }

  test("is not served if it is unchanged, and is if it has changed", async () => {
    await using server = await HostileServer.listen();
    const file = server.file("/a");
    const field = `If-None-Match: ${file.etag}`;
    assert.equal((await ask(server, [get("/a", field)])).status, 304);
    assert.equal((await ask(server, [get("/a", `If-Modified-Since: ${file.lastModified}`)])).status, 304);
    const before = file.content.bytes();
    file.change();
    const { status: code, body } = await ask(server, [get("/a", field)]);
    assert.equal(code, 200);
    assert.notDeepEqual(body, before);
    assert.equal(file.content.firstDifference(body), -1);
  });

  test("comes in chunks, or until the connection ends", async () => {
    await using server = await HostileServer.listen();
    const file = server.plan("/a", honest({ chunked: true }), honest({ untilClose: true }));
    const chunked = await ask(server, [get("/a")]);
    assert.ok(!chunked.head.includes("content-length"));
    assert.ok(chunked.all.toString("latin1").endsWith("\r\n0\r\n\r\n"));
    const closed = await ask(server, [get("/a")]);
    assert.deepEqual([closed.end, closed.body], ["end", file.content.bytes()]);
    assert.equal(file.sent, 2 * file.size);
  });
});

describe("an answer that stops", { concurrency: 8 }, () => {
  for (const chunked of [false, true]) {
    for (const place of chunked ? [...PLACES, ...CHUNK_PLACES] : PLACES) {
      test(`${place}${chunked ? ", chunked" : ""}`, async () => {
        await using server = await HostileServer.listen();
        server.plan("/a", honest({ chunked }), cut(place, "fin", { chunked }), cut(place, "stall", { chunked }));
        const { all: whole } = await ask(server, [get("/a")]);
        const ended = await ask(server, [get("/a")]);
        const stalled = await ask(server, [get("/a")]);
        assert.deepEqual([ended.end, stalled.end], ["end", "silence"]);
        assert.deepEqual(ended.all, stalled.all);
        assert.deepEqual(ended.all, whole.subarray(0, ended.all.length));
        const all = place === "after the body";
        assert.ok(all ? ended.all.length === whole.length : ended.all.length < whole.length);
      });
    }
  }

  test("after so many bytes, of which it keeps count", async () => {
    await using server = await HostileServer.listen();
    const file = server.plan("/a", cut(100));
    assert.deepEqual((await ask(server, [get("/a")])).body, file.content.bytes(0, 100));
    assert.equal(file.sent, 100);
  });

  test("by a reset", async () => {
    await using server = await HostileServer.listen();
    server.plan("/a", cut("mid body", "reset"));
    assert.equal((await ask(server, [get("/a")])).end, "ECONNRESET");
  });
});

test("answers are planned one request each, then the path's own, then the server's", async () => {
  await using server = await HostileServer.listen();
  server.answer = status(410);
  server.always("/a", status(404));
  server.plan("/a", status(503, { "retry-after": "1" }), redirect("/b"));
  const codes: number[] = [];
  for (const path of ["/a", "/a", "/a", "/b"]) codes.push((await ask(server, [get(path)])).status);
  assert.deepEqual(codes, [503, 302, 404, 410]);
});

test("one connection has several requests; a reused one may be answered otherwise", async () => {
  await using server = await HostileServer.listen();
  server.always("/a", onReuse(raw("", "reset"), status(200, {}, "x")));
  const { end, all } = await ask(server, [get("/a"), get("/a")]);
  assert.equal(end, "ECONNRESET");
  assert.ok(all.toString().endsWith("x"));
  assert.deepEqual(
    server.requests.map(({ connection, nth }) => [connection, nth]),
    [
      [1, 1],
      [1, 2],
    ],
  );
});

test("headers are replaced, repeated and taken away; something comes before and after", async () => {
  await using server = await HostileServer.listen();
  server.file("/a").size = 3;
  server.plan(
    "/a",
    withHeaders({ "content-length": ["1", "2"], etag: null }, { before: "HTTP/1.1 103 Hints\r\n\r\n", junk: "junk" }),
  );
  const text = (await ask(server, [get("/a")])).all.toString("latin1");
  assert.ok(text.startsWith("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 "), text);
  assert.ok(text.includes("content-length: 1\r\ncontent-length: 2\r\n") && !text.includes("etag"), text);
  assert.ok(text.endsWith("junk"));
});

test("a bomb is what it says, in as many layers", async () => {
  await using server = await HostileServer.listen();
  server.plan("/a", bomb(1_000_000, ["gzip", "gzip"]));
  const { head, body } = await ask(server, [get("/a")]);
  assert.ok(head.includes("content-encoding: gzip, gzip") && body.length < 2000, head);
  assert.equal(gunzipSync(gunzipSync(body)).length, 1_000_000);
});

test("what is slow or without an end goes on until the client has enough", async () => {
  await using server = await HostileServer.listen();
  const file = server.plan("/a", slowly(1, 5), endless("HTTP/1.1 200 OK\r\n", "x: y\r\n"));
  const leave = (enough: number) =>
    new Promise<void>((resolve) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.write(`${get("/a")}\r\n\r\n`));
      let got = 0;
      socket.on("data", (bytes) => {
        got += bytes.length;
        if (got >= enough) socket.destroy();
      });
      socket.on("close", () => resolve());
    });
  await leave(300);
  await server.until(() => server.sockets.size === 0);
  assert.ok(file.sent < 300, String(file.sent));
  await leave(1_000_000);
});

test("a client that does not leave is told by name, and thrown out", async () => {
  const server = await HostileServer.listen();
  const socket = connect(server.port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("error", resolve));
  await server.until(() => server.sockets.size === 1);
  await server.stop();
  assert.ok((await closed) instanceof Error);
  assert.equal(server.sockets.size, 0);
});

test("a closed port refuses", async () => {
  const port = await closedPort();
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => connect(port, "127.0.0.1").on("error", resolve));
  assert.equal(error.code, "ECONNREFUSED");
});
