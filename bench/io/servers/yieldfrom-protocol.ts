import { createServer, Protocol, type Transport } from "@yieldfrom/io";
import { run } from "yieldfrom";
import { serverIsReady } from "../ask.ts";

class Echo extends Protocol {
  private _transport: Transport | undefined;

  override connectionMade(transport: Transport): void {
    this._transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this._transport!.write(data);
  }

  override pauseWriting(): void {
    this._transport!.pauseReading();
  }

  override resumeWriting(): void {
    this._transport!.resumeReading();
  }
}

await run(function* () {
  const server = yield* createServer(() => new Echo(), "127.0.0.1", 0, { backlog: 4096 });
  serverIsReady(server.port);
  yield* server.serveForever();
});
