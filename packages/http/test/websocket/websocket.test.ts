import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { generate } from "selfsigned";
import { type Coroutine, createTask, Event, forEach, from, gather, isCancelled, sleep, TimeoutError } from "yieldfrom";
import {
  ClientConnectorError,
  ClientSession,
  type ServerRequest,
  ServerTimeoutError,
  serve,
  type UpgradeOptions,
  upgradeWebSocket,
  WebSocketError,
  type WebSocketResponse,
  WSCloseCode,
  WSMessageTypeError,
  WSMsgType,
  WSServerHandshakeError,
} from "../../src/index.ts";
import { until, Wire, withServer } from "../server/helper.ts";
import { refusedPort, serveSilence } from "../server.ts";

/** How a client asks for a WebSocket. */
const HANDSHAKE =
  "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Sends back what it is sent. */
function* echo(socket: WebSocketResponse) {
  yield* forEach(socket, function* (message) {
    if (message.type === WSMsgType.TEXT || message.type === WSMsgType.BINARY) yield* socket.send(message.data);
  });
}

/** A server that gives each WebSocket to `talk`. */
function serving(
  talk: (socket: WebSocketResponse, request: ServerRequest) => Coroutine<void>,
  options?: UpgradeOptions,
) {
  return function* (request: ServerRequest) {
    const socket = yield* upgradeWebSocket(request, options);
    yield* talk(socket, request);
    return socket;
  };
}

const echoing = serving(echo);

describe("a WebSocket", () => {
  test("carries text, bytes and JSON, both ways", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession({ baseUrl: server.url });
      const socket = yield* session.wsConnect("chat?a=b");
      assert.equal(String(socket), `<ClientWebSocketResponse open ${server.url.replace("http", "ws")}chat?a=b>`);
      yield* socket.sendStr("grüße ☺");
      assert.equal(yield* socket.receiveStr(), "grüße ☺");
      yield* socket.sendBytes(new Uint8Array([1, 2, 3]));
      assert.deepEqual([...(yield* socket.receiveBytes())], [1, 2, 3]);
      yield* socket.sendJson({ a: [1] });
      assert.deepEqual(yield* socket.receiveJson(), { a: [1] });
      yield* socket.send(new Uint8Array([9]).buffer);
      const { type, data, extra } = yield* socket.receive();
      assert.deepEqual([type, [...(data as Uint8Array)], extra], [WSMsgType.BINARY, [9], ""]);
      yield* socket.send("");
      assert.equal(yield* socket.receiveStr(), "");
      assert.equal(socket.closed, false);
      assert.equal(socket.closeCode, null);
      assert.equal(yield* socket.close(), true);
      assert.equal(yield* socket.close(), false);
      assert.equal(socket.closed, true);
      assert.equal(socket.closeCode, 1000);
      assert.equal((yield* socket.receive()).type, WSMsgType.CLOSED);
      assert.equal(socket.exception(), null);
      yield* session.close();
    });
  });

  test("is told of the other side's closing, with code and reason, and then of nothing more", async () => {
    let code: number | null = null;
    const ended = new Event();
    await withServer(
      serving(function* (socket: WebSocketResponse) {
        yield* socket.sendStr("one");
        yield* socket.close(4001, "enough");
        code = socket.closeCode;
        ended.set();
      }),
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url);
        assert.equal(yield* socket.receiveStr(), "one");
        assert.deepEqual(yield* socket.receive(), { type: WSMsgType.CLOSE, data: 4001, extra: "enough" });
        assert.equal((yield* socket.receive()).type, WSMsgType.CLOSED);
        assert.equal(socket.closeCode, 4001);
        yield* socket.waitClosed();
        yield* ended.wait();
        try {
          yield* socket.sendStr("late");
          assert.fail("sent");
        } catch (error) {
          assert.match(`${error}`, /ClientConnectionResetError: send\(\) on ws:.*, which is closed with 4001/);
        }
        yield* session.close();
      },
    );
    assert.equal(code, 4001);
  });

  test("tells a task that receives of close() in another", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession();
      const socket = yield* session.wsConnect(server.url);
      const receiving = createTask(socket.receive(), { eagerStart: true });
      yield* socket.close();
      assert.equal((yield* receiving).type, WSMsgType.CLOSING);
    });
  });

  test("is received from by one task at a time, and with a limit", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession();
      const socket = yield* session.wsConnect(server.url, { receiveTimeout: 5 });
      const first = createTask(socket.receive({ timeout: null }), { eagerStart: true });
      try {
        yield* socket.receive();
        assert.fail("both receive");
      } catch (error) {
        assert.match(`${error}`, /another task is receiving already/);
      }
      yield* socket.sendStr("a");
      assert.equal((yield* first).data, "a");
      try {
        yield* socket.receive();
        assert.fail("received");
      } catch (error) {
        assert.ok(error instanceof TimeoutError);
        assert.match(error.message, /nothing was received within 5 ms/);
      }
      // Nothing is lost by that, nor by a cancellation.
      yield* cancelled(() => socket.receive({ timeout: null }));
      yield* socket.sendStr("b");
      assert.equal(yield* socket.receiveStr({ timeout: null }), "b");
      yield* socket.close();
    });
  });

  test("says what came when it is not what was asked for", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession();
      const socket = yield* session.wsConnect(server.url);
      yield* socket.sendStr("a");
      try {
        yield* socket.receiveBytes();
        assert.fail("received");
      } catch (error) {
        assert.ok(error instanceof WSMessageTypeError && error instanceof TypeError);
        assert.match(error.message, /expected a message of type BINARY, got TEXT; `receive\(\)` takes any/);
        assert.equal(error.wsMessage.data, "a");
      }
      yield* socket.close();
      assert.throws(() => socket.sendStr(1 as never), /Expected `data` of sendStr\(\) to be a string, got number/);
      assert.throws(() => socket.sendJson(undefined), /Expected `value` of sendJson\(\) to be JSON, got undefined/);
      assert.throws(() => socket.sendBytes("x" as never), /Expected `data` of sendBytes\(\) to be bytes, got string/);
    });
  });

  test("answers pings by itself, or gives them out", async () => {
    const seen: string[] = [];
    await withServer(
      serving(
        function* (socket: WebSocketResponse) {
          for (let i = 0; i < 2; i++) {
            const message = yield* socket.receive();
            seen.push(`${message.type} ${message.data}`);
            if (message.type === WSMsgType.PING) yield* socket.pong(message.data);
          }
        },
        { autoping: false },
      ),
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url, { autoping: false });
        yield* socket.ping("hi");
        const pong = yield* socket.receive();
        assert.deepEqual([pong.type, `${pong.data}`], [WSMsgType.PONG, "hi"]);
        yield* socket.pong("unasked");
        assert.equal((yield* socket.receive()).type, WSMsgType.CLOSE);
        try {
          yield* socket.ping("late");
        } catch (error) {
          assert.match(`${error}`, /ping\(\) on ws:.*, which is closed/);
        }
      },
    );
    assert.deepEqual(seen, [`${WSMsgType.PING} hi`, `${WSMsgType.PONG} unasked`]);
  });

  test("agrees on a subprotocol, and has the headers of both sides", async () => {
    await withServer(
      function* (request) {
        assert.equal(request.headers.get("x-a"), "1");
        assert.equal(request.headers.get("origin"), "https://page.example");
        assert.equal(request.headers.get("authorization"), "Bearer t");
        const socket = yield* upgradeWebSocket(request, {
          protocols: ["v1", "v2"],
          headers: { "x-b": "2", "set-cookie": "c=d" },
        });
        assert.equal(socket.protocol, "v2");
        return socket;
      },
      function* (server) {
        using session = new ClientSession({ headers: { authorization: "Bearer t" } });
        const socket = yield* session.wsConnect(server.url, {
          protocols: ["v3", "v2", "v1"],
          headers: { "x-a": "1" },
          origin: "https://page.example",
        });
        assert.equal(socket.protocol, "v2");
        assert.equal(socket.headers.get("x-b"), "2");
        assert.equal((yield* socket.receive()).type, WSMsgType.CLOSE);
      },
    );
  });

  test("keeps cookies", async () => {
    const cookies: (string | null)[] = [];
    await withServer(
      function* (request) {
        cookies.push(request.headers.get("cookie"));
        return yield* upgradeWebSocket(request, { headers: { "set-cookie": "c=d" } });
      },
      function* (server) {
        const { CookieJar } = yield* from(import("../../src/index.ts"));
        using session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }) });
        for (let i = 0; i < 2; i++) yield* (yield* session.wsConnect(server.url)).waitClosed();
      },
    );
    assert.deepEqual(cookies, [null, "c=d"]);
  });

  test("compresses, if both want it", async () => {
    await withServer(serving(echo, { compress: true }), function* (server) {
      using session = new ClientSession();
      for (const compress of [true, 12, false]) {
        const socket = yield* session.wsConnect(server.url, { compress });
        assert.equal(socket.headers.has("sec-websocket-extensions"), compress !== false);
        const text = "yield*".repeat(10_000);
        yield* socket.sendStr(text);
        assert.equal(yield* socket.receiveStr(), text);
        yield* socket.close();
      }
    });
  });

  test("refuses options that can't be", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession();
      for (const [options, message] of [
        [{ maxMsgSize: -1 }, /Expected `maxMsgSize` to be a whole number of bytes/],
        [{ compress: 3 }, /Expected `compress` to be a boolean or a whole number from 9 to 15, got 3/],
        [{ heartbeat: 0 }, /Expected `heartbeat` to be milliseconds of more than 0/],
        [{ receiveTimeout: -1 }, /Expected `receiveTimeout` to be milliseconds of at least 0, got -1/],
      ] as const) {
        try {
          yield* session.wsConnect(server.url, options);
          assert.fail("connected");
        } catch (error) {
          assert.match((error as Error).message, message);
        }
      }
      const socket = yield* session.wsConnect(server.url);
      for (const [code, reason] of [
        [1005, ""],
        [2000, ""],
        [1000, "x".repeat(124)],
      ] as const) {
        try {
          yield* socket.close(code, reason);
          assert.fail("closed");
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }
      yield* socket.close();
    });
  });
});

describe("iteration", () => {
  test("ends with the connection, and takes no message from who comes after", async () => {
    await withServer(echoing, function* (server) {
      using session = new ClientSession();
      const socket = yield* session.wsConnect(server.url);
      yield* cancelled(() => forEach(socket, () => {}));
      yield* socket.sendStr("a");
      assert.equal(yield* socket.receiveStr(), "a");
      const seen: unknown[] = [];
      yield* socket.sendStr("b");
      yield* socket.sendStr("c");
      yield* forEach(socket, function* (message) {
        seen.push(message.data);
        if (message.data === "c") yield* socket.close();
      });
      assert.deepEqual(seen, ["b", "c"]);
      const texts: unknown[] = [];
      const other = yield* session.wsConnect(server.url);
      yield* other.sendStr("d");
      yield* from(
        (async () => {
          for await (const { data } of other) {
            texts.push(data);
            break;
          }
        })(),
      );
      assert.deepEqual(texts, ["d"]);
      yield* other.close();
    });
  });

  test("without `autoclose` the other side's closing is answered by close() alone", async () => {
    let code: number | null = null;
    const ended = new Event();
    await withServer(
      serving(function* (socket) {
        yield* socket.close(4001, "bye");
        code = socket.closeCode;
        ended.set();
      }),
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url, { autoclose: false });
        assert.equal((yield* socket.receive()).data, 4001);
        yield* sleep(10);
        assert.equal(ended.isSet(), false);
        yield* socket.close(4002);
        yield* ended.wait();
      },
    );
    assert.equal(code, 4002);
  });
});

describe("wsConnect", () => {
  test("goes over TLS, and through a proxy", async () => {
    const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    const asked: string[] = [];
    const proxy = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (text) => {
        const [, host = "", port = ""] = /^CONNECT ([^:]+):(\d+) /.exec(String(text)) ?? [];
        asked.push(host);
        const onward = connect(Number(port), host, () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.pipe(onward).pipe(socket);
        });
        onward.on("error", () => {});
        onward.on("close", () => socket.destroy());
        socket.on("close", () => onward.destroy());
      });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    try {
      for (const ssl of [undefined, { cert, key }]) {
        for (const way of [{}, { proxy: `http://127.0.0.1:${port}` }]) {
          await withServer(
            serving(function* (socket, request) {
              // What is for the proxy is none of the server's business.
              assert.equal(request.headers.get("proxy-authorization"), "proxy" in way ? null : "secret");
              yield* echo(socket);
            }),
            function* (server) {
              using session = new ClientSession({ connector: { http2: true } });
              const headers = { "Proxy-Authorization": "secret" };
              const socket = yield* session.wsConnect(server.url, { ...way, headers, ssl: { ca: cert } });
              yield* socket.sendStr("a");
              assert.equal(yield* socket.receiveStr(), "a");
              yield* socket.close();
              if (ssl === undefined || "proxy" in way) return;
              try {
                yield* session.wsConnect(server.url);
                assert.fail("trusted");
              } catch (error) {
                assert.equal((error as Error).name, "ClientConnectorCertificateError");
              }
            },
            { ssl },
          );
        }
      }
    } finally {
      proxy.close();
      await once(proxy, "close");
    }
    assert.deepEqual(asked, ["127.0.0.1", "127.0.0.1"]);
  });

  test("says what the server answered instead", async () => {
    await withServer(
      () => new Response("no", { status: 403, headers: { "x-why": "because" } }),
      function* (server) {
        using session = new ClientSession();
        try {
          yield* session.wsConnect(server.url);
          assert.fail("connected");
        } catch (error) {
          assert.ok(error instanceof WSServerHandshakeError, `${error}`);
          assert.equal(error.status, 403);
          assert.equal(error.headers.get("x-why"), "because");
          assert.match(error.message, /the server did not become a WebSocket, but answered 403 Forbidden/);
        }
        yield* session.close();
      },
    );
  });

  test("fails as a request does when there is no server, or it never answers, or is none", async () => {
    const port = await refusedPort();
    await using silence = await serveSilence();
    await withServer(echoing, function* () {
      using session = new ClientSession({ timeout: { total: 50 } });
      for (const [url, kind, message] of [
        [`ws://127.0.0.1:${port}/`, ClientConnectorError, /no connection could be made/],
        [silence.origin, ServerTimeoutError, /the total timeout of 50 ms ran out while waiting for headers/],
        ["ftp://a/", Error, /not an http or https URL/],
      ] as const) {
        try {
          yield* session.wsConnect(url);
          assert.fail("connected");
        } catch (error) {
          assert.ok(error instanceof kind, `${error}`);
          assert.match(error.message, message);
        }
      }
      yield* session.close();
    });
  });

  test("leaves nothing when it is cancelled, nor do sending, receiving and closing", async () => {
    const points = await cancelEverywhere(function* () {
      const server = yield* serve(echoing, { port: 0 });
      const session = new ClientSession();
      try {
        const socket = yield* session.wsConnect(server.url);
        yield* socket.sendStr("a");
        yield* socket.receive();
        yield* socket.sendStr("x".repeat(3_000_000));
        yield* socket.receive();
        yield* socket.close();
      } finally {
        yield* session.close();
        yield* server.shutdown({ grace: 0 });
      }
    });
    assert.ok(points > 10, `${points}`);
  });

  test("is closed with its session, and by `using` when the body throws", async () => {
    for (const how of ["session", "using"]) {
      const ended = new Event();
      await withServer(
        function* (request) {
          const socket = yield* upgradeWebSocket(request);
          yield* socket.waitClosed();
          assert.equal(socket.closeCode, 1006);
          ended.set();
          return socket;
        },
        function* (server) {
          const session = new ClientSession();
          try {
            if (how === "session") {
              const socket = yield* session.wsConnect(server.url);
              yield* session.close();
              const message = yield* socket.receive();
              assert.ok(message.type === WSMsgType.CLOSED || message.type === WSMsgType.ERROR);
            } else {
              using _socket = yield* session.wsConnect(server.url);
              throw new Error("body");
            }
          } catch (error) {
            assert.equal((error as Error).message, "body");
          }
          yield* ended.wait();
          yield* session.close();
        },
      );
    }
  });
});

describe("upgradeWebSocket", () => {
  test("answers 426 to who asks for none, and 400 to a handshake that is none", async () => {
    await withServer(echoing, function* (server) {
      using plain = yield* from(Wire.to(server));
      plain.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      assert.match(yield* from(plain.hears("426 Upgrade Required\n")), /^HTTP\/1.1 426 .*upgrade: websocket\r\n/s);
      using bad = yield* from(Wire.to(server));
      bad.say("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
      assert.match(yield* from(bad.ends()), /^HTTP\/1.1 400 /);
      using other = yield* from(Wire.to(server));
      other.say("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
      assert.match(yield* from(other.ends()), /^HTTP\/1.1 426 /);
    });
  });

  test("closes with 1011 when the handler fails, 1000 when it returns, 1001 when the server stops", async () => {
    const started = new Event();
    await withServer(
      function* (request) {
        const socket = yield* upgradeWebSocket(request);
        if (request.url.endsWith("/fail")) throw new Error("broken");
        if (request.url.endsWith("/wait")) {
          started.set();
          yield* sleep(60_000);
        }
        return socket;
      },
      function* (server, reports) {
        using session = new ClientSession();
        const codes: (number | null)[] = [];
        for (const path of ["fail", "return"]) {
          const socket = yield* session.wsConnect(server.url + path);
          yield* socket.receive();
          codes.push(socket.closeCode);
        }
        assert.deepEqual(reports.take(), ["broken"]);
        const socket = yield* session.wsConnect(`${server.url}wait`);
        yield* started.wait();
        yield* server.shutdown({ grace: 1 });
        yield* socket.receive();
        codes.push(socket.closeCode);
        assert.deepEqual(codes, [1011, 1000, 1001]);
        yield* session.close();
      },
    );
  });

  test("tells the handler that the client has gone, and does not cancel it", async () => {
    const events: unknown[] = [];
    const ended = new Event();
    await withServer(
      function* (request) {
        const socket = yield* upgradeWebSocket(request);
        try {
          const message = yield* socket.receive();
          events.push(message.type, socket.closeCode);
          yield* socket.sendStr("anyone?");
        } catch (error) {
          events.push((error as Error).name, isCancelled(error));
          throw error;
        } finally {
          ended.set();
        }
        return socket;
      },
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url);
        socket[Symbol.dispose]();
        yield* ended.wait();
        yield* until(() => String(server).includes("requests=0"));
      },
    );
    assert.deepEqual(events, [WSMsgType.CLOSED, 1006, "ClientConnectionResetError", false]);
  });
});

describe("faults", () => {
  test("a message that is too big closes with 1009 and is an ERROR, at either end", async () => {
    let seen: unknown[] = [];
    await withServer(
      serving(
        function* (socket: WebSocketResponse) {
          const message = yield* socket.receive();
          seen = [message.type, (message.data as WebSocketError).code, socket.closeCode, socket.exception()];
          assert.ok(message.data instanceof WebSocketError);
          assert.match(message.data.message, /a message is larger than `maxMsgSize` allows/);
        },
        { maxMsgSize: 10 },
      ),
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url);
        yield* socket.sendStr("x".repeat(11));
        assert.deepEqual(yield* socket.receive(), { type: WSMsgType.CLOSE, data: 1009, extra: "" });
      },
    );
    assert.deepEqual(seen.slice(0, 3), [WSMsgType.ERROR, 1009, 1009]);
    assert.ok(seen[3] instanceof WebSocketError);
  });

  test("a message that is small on its way and big when inflated is too big, too", async () => {
    await withServer(
      serving(
        function* (socket) {
          assert.equal(((yield* socket.receive()).data as WebSocketError).code, 1009);
        },
        { maxMsgSize: 100_000, compress: true },
      ),
      function* (server) {
        using session = new ClientSession();
        const socket = yield* session.wsConnect(server.url, { compress: true });
        yield* socket.sendStr("x".repeat(10_000_000));
        assert.deepEqual(yield* socket.receive(), { type: WSMsgType.CLOSE, data: 1009, extra: "" });
      },
    );
  });

  const frames: [string, string, number][] = [
    ["invalid UTF-8", "\x81\x82\x00\x00\x00\x00\xff\xfe", WSCloseCode.INVALID_TEXT],
    ["an opcode that is none", "\x83\x80\x00\x00\x00\x00", WSCloseCode.PROTOCOL_ERROR],
    ["a frame without mask", "\x81\x01a", WSCloseCode.PROTOCOL_ERROR],
    ["a close code that is none", "\x88\x82\x00\x00\x00\x00\x03\xed", WSCloseCode.PROTOCOL_ERROR],
  ];
  for (const [what, frame, code] of frames) {
    test(`${what}: an ERROR, and closed with ${code}`, async () => {
      const codes: unknown[] = [];
      const ended = new Event();
      await withServer(
        serving(function* (socket: WebSocketResponse) {
          const message = yield* socket.receive();
          codes.push(message.type, (message.data as WebSocketError).code, (yield* socket.receive()).type);
          ended.set();
        }),
        function* (server) {
          using wire = yield* from(Wire.to(server));
          wire.say(HANDSHAKE);
          yield* from(wire.hears("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
          wire.say(frame);
          yield* until(() => wire.heard.slice(0, -2).includes("\x88\x02"));
          const { heard } = wire;
          const at = heard.lastIndexOf("\x88\x02");
          assert.equal(heard.charCodeAt(at + 2) * 256 + heard.charCodeAt(at + 3), code);
          wire.socket.destroy();
          yield* ended.wait();
        },
      );
      assert.deepEqual(codes, [WSMsgType.ERROR, code, WSMsgType.CLOSED]);
    });
  }

  test("a side that says nothing any more is found out by `heartbeat`", async () => {
    const never = new Event();
    const ended = new Event();
    let message: unknown;
    await withServer(
      serving(
        function* (socket: WebSocketResponse) {
          const { type, data } = yield* socket.receive();
          message = [type, (data as Error).name, socket.closeCode];
          assert.match(`${data}`, /no answer to a ping within 10 ms \(`heartbeat`\)/);
          ended.set();
        },
        { heartbeat: 20 },
      ),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(HANDSHAKE);
        yield* ended.wait();
        yield* from(wire.ends());
        never.set();
      },
    );
    assert.deepEqual(message, [WSMsgType.ERROR, "TimeoutError", 1006]);
  });

  test("`heartbeat` keeps a connection that is answered on", async () => {
    await withServer(serving(echo, { heartbeat: 4 }), function* (server) {
      using session = new ClientSession();
      const socket = yield* session.wsConnect(server.url, { heartbeat: 4 });
      yield* sleep(60);
      assert.equal(socket.closed, false);
      yield* socket.close();
    });
  });

  test("close() does not wait for ever for a side that does not answer", async () => {
    await withServer(
      serving(
        function* (socket: WebSocketResponse) {
          assert.equal(yield* socket.close(), true);
          assert.equal(socket.closeCode, 1006);
        },
        { timeout: 10 },
      ),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(HANDSHAKE);
        yield* from(wire.ends());
      },
    );
  });
});

describe("backpressure", () => {
  test("who is sent empty messages makes the sender wait, too", async () => {
    let paused = false;
    await withServer(
      serving(function* (socket) {
        yield* until(() => (Reflect.get(socket, "_channel") as { isPaused: boolean }).isPaused);
        paused = true;
        for (let i = 0; i < 100; i++) assert.equal(yield* socket.receiveStr(), "");
      }),
      function* (server) {
        using wire = yield* from(Wire.to(server));
        wire.say(HANDSHAKE);
        yield* from(wire.hears("\r\n\r\n"));
        wire.say(Buffer.alloc(6 * 10_000, Buffer.from([0x81, 0x80, 1, 2, 3, 4])));
        yield* until(() => paused);
      },
    );
  });

  test("who receives slowly makes the sender wait, at both ends", async () => {
    for (const slow of ["client", "server"]) {
      let sent = 0;
      let go = false;
      function* sendMuch(socket: { sendBytes(data: Uint8Array): Coroutine<void> }) {
        for (let i = 0; i < 100; i++) {
          yield* socket.sendBytes(new Uint8Array(2 ** 20));
          sent++;
        }
      }
      function* receiveSlowly(socket: { receiveBytes(): Coroutine<Uint8Array> }) {
        yield* until(() => go);
        for (let i = 0; i < 100; i++) yield* socket.receiveBytes();
      }
      await withServer(
        serving(function* (socket: WebSocketResponse) {
          yield* slow === "client" ? sendMuch(socket) : receiveSlowly(socket);
        }),
        function* (server) {
          using session = new ClientSession();
          const socket = yield* session.wsConnect(server.url);
          const task = createTask(slow === "client" ? receiveSlowly(socket) : sendMuch(socket));
          yield* until(() => sent > 0);
          let before = -1;
          while (sent > before) {
            before = sent;
            yield* sleep(20);
          }
          assert.ok(sent < 20, `${sent} MB were sent to a ${slow} that does not receive`);
          go = true;
          yield* gather([task]);
          yield* until(() => sent === 100);
          yield* socket.close();
        },
      );
    }
  });
});

function* cancelled(body: () => Coroutine<unknown>) {
  const task = createTask(body(), { eagerStart: true });
  task.cancel();
  yield* gather([task], { returnExceptions: true });
}
