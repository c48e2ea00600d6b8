/** WebSockets with aiohttp's server at the other end; its client is among the peers of `serve`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { python } from "@yieldfrom/testing/peers";
import { from } from "yieldfrom";
import { ClientSession, WebSocketError, WSMsgType, WSServerHandshakeError } from "../../src/index.ts";
import { running } from "../server/helper.ts";

const SERVER = `
import asyncio
from aiohttp import web, WSMsgType

async def echo(request):
    ws = web.WebSocketResponse(protocols=["v2", "v1"], max_msg_size=1000000, heartbeat=None)
    ws.headers["x-query"] = request.query_string
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.TEXT:
            if message.data == "close":
                await ws.close(code=4321, message="bye für immer".encode())
            elif message.data == "big":
                await ws.send_bytes(b"x" * 5000)
            elif message.data == "ping":
                await ws.ping(b"are you there?")
                await ws.send_str("pinged")
            elif message.data == "abort":
                request.transport.abort()
            else:
                await ws.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    print("closed", ws.close_code, flush=True)
    return ws

async def main():
    app = web.Application()
    app.router.add_get("/ws", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
`;

test("aiohttp's server gets along with wsConnect()", python("aiohttp"), async () => {
  const server = spawn(python("aiohttp").path, ["-c", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(server, "exit");
  let printed = "";
  server.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  try {
    while (!printed.includes("\n")) await once(server.stdout, "data");
    const url = `ws://127.0.0.1:${Number(printed.split("\n")[0])}/ws?a=b`;
    await running(function* () {
      using session = new ClientSession();
      for (const compress of [false, true, 10]) {
        const socket = yield* session.wsConnect(url, { compress, protocols: ["v1"] });
        assert.equal(socket.protocol, "v1");
        assert.equal(socket.headers.get("x-query"), "a=b");
        const text = "ünïcode ☺ ".repeat(50_000);
        yield* socket.sendStr(text);
        assert.equal(yield* socket.receiveStr(), text);
        yield* socket.sendBytes(new Uint8Array(500_000).fill(7));
        assert.equal((yield* socket.receiveBytes()).length, 500_000);
        yield* socket.sendStr("ping");
        assert.equal(yield* socket.receiveStr(), "pinged");
        yield* socket.sendStr("close");
        assert.deepEqual(yield* socket.receive(), { type: WSMsgType.CLOSE, data: 4321, extra: "bye für immer" });
        assert.equal(socket.closeCode, 4321);
        yield* socket.waitClosed();
      }
      const polite = yield* session.wsConnect(url);
      assert.equal(yield* polite.close(4000, "enough"), true);
      assert.equal(polite.closeCode, 1000); // That is what aiohttp answers to any code.

      const small = yield* session.wsConnect(url, { maxMsgSize: 1000 });
      yield* small.sendStr("big");
      const message = yield* small.receive();
      assert.ok(message.type === WSMsgType.ERROR && message.data instanceof WebSocketError);
      assert.equal(message.data.code, 1009);
      yield* small.waitClosed();

      const cut = yield* session.wsConnect(url);
      yield* cut.sendStr("abort");
      const last = yield* cut.receive();
      assert.ok(last.type === WSMsgType.CLOSED || last.type === WSMsgType.ERROR, `${last.type}`);
      assert.equal(cut.closeCode, 1006);

      try {
        yield* session.wsConnect(url.replace("/ws", "/elsewhere"));
        assert.fail("connected");
      } catch (error) {
        assert.ok(error instanceof WSServerHandshakeError);
        assert.equal(error.status, 404);
      }
      yield* session.close();
      while (printed.split("closed").length < 5) yield* from(once(server.stdout, "data"));
    });
    assert.match(printed, /closed 4000\n/);
  } finally {
    server.kill("SIGKILL");
    await exited;
  }
});
