/** What the types of streams, transports and servers accept and give. Compiled, never run. */
import { type Coroutine, createTask, forEach, gather, type Operation } from "yieldfrom";
import {
  type Address,
  BufferedProtocol,
  createConnection,
  createServer,
  openConnection,
  Protocol,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  type Transport,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function* streams(): Coroutine<void> {
  const [reader, writer] = yield* openConnection("example.com", 443, { ssl: true, limit: 1000 });
  same<typeof reader, StreamReader>(true);
  same<typeof writer, StreamWriter>(true);
  const line = yield* reader.readLine();
  same<typeof line, Buffer>(true);
  const reading = reader.readUntil(["\r\n", new Uint8Array([0])]);
  same<typeof reading, Operation<Buffer>>(true);
  yield* gather([reading, reader.readExactly(3)]);
  createTask(reader.read(1));
  yield* forEach(reader, (each) => void same<typeof each, Buffer>(true));
  writer.write("text");
  writer.writeLines([new Uint8Array(1), Buffer.alloc(1), "text"]);
  // @ts-expect-error a number is nothing that can be sent
  writer.write(7);
  yield* writer.drain();
  const peer = writer.getExtraInfo("peername");
  same<typeof peer, Address | undefined>(true);
  const sock = writer.getExtraInfo("sockname", null);
  same<typeof sock, Address | null>(true);
  const other = writer.getExtraInfo("something else");
  same<typeof other, unknown>(true);
  using _closing = writer;
}

class Echo extends Protocol {
  transport: Transport | undefined;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  // A protocol may take what it gets for less than it is.
  override dataReceived(data: Uint8Array): void {
    this.transport?.write(data);
  }
}

export function* protocols(): Coroutine<void> {
  const [transport, protocol] = yield* createConnection(() => new Echo(), "127.0.0.1", 80, { allErrors: true });
  same<typeof transport, Transport>(true);
  same<typeof protocol, Echo>(true);
  const limits = transport.getWriteBufferLimits();
  same<typeof limits.high, number>(true);
  transport.setWriteBufferLimits({ high: limits.high * 2 });
  yield* createServer(() => protocol, ["127.0.0.1", "::1"], 0, { reusePort: true });
  // @ts-expect-error a BufferedProtocol must say where its data is to be put
  new BufferedProtocol();
  // @ts-expect-error a factory is called for each connection, it is no protocol
  yield* createServer(protocol, "127.0.0.1", 0);
}

export function* servers(): Coroutine<void> {
  const server = yield* startServer((_reader, writer) => writer.close(), "127.0.0.1", 0, {
    ssl: { cert: "", key: "" },
  });
  same<typeof server, Server>(true);
  yield* server.serveForever({ grace: 0 });
  yield* server.shutdown();
  // @ts-expect-error: milliseconds
  yield* server.shutdown({ grace: "1s" });
  const result = yield* server.use(function* (same) {
    yield* same.startServing();
    return same.port;
  });
  same<typeof result, number>(true);
  yield* startServer(
    function* (reader, writer) {
      same<typeof reader, StreamReader>(true);
      writer.write(yield* reader.read());
    },
    null,
    0,
  );
}
