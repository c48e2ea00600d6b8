/** A SOCKS 5 proxy on loopback, which notes what it was asked for, and misbehaves where it is told to. */
import { connect, type Socket } from "node:net";
import { serveTcp, type TestServer } from "./server.ts";

export interface SocksWishes {
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** The numbers of its replies to one request after the other; from the end of the list on, 0. */
  readonly replies?: readonly number[];
  /** What it sends instead of each of its answers: method, status of the password, reply; null: as it should. */
  readonly instead?: readonly (readonly number[] | "nothing" | null)[];
  /** Whether it closes the connection after the last of those. */
  readonly thenClose?: boolean;
  /** Whether its answers come byte by byte. */
  readonly drops?: boolean;
  /** Type and bytes of the address in its reply. */
  readonly bound?: readonly number[];
}

export interface SocksProxy extends TestServer {
  /** Without a scheme: `127.0.0.1:1080`. */
  readonly address: string;
  /** `host:port` of each request. */
  readonly asked: string[];
  /** `user:password` of each who proved who asks. */
  readonly proofs: string[];
}

const V4 = 1;
const NAME = 3;

export async function serveSocks(wishes: SocksWishes = {}): Promise<SocksProxy> {
  const asked: string[] = [];
  const proofs: string[] = [];
  const server = await serveTcp((socket) => {
    serveOne(socket, wishes, asked, proofs, () => server.changed()).catch(() => socket.destroy());
  });
  return Object.assign(server, { address: `127.0.0.1:${server.port}`, asked, proofs });
}

async function serveOne(
  socket: Socket,
  { credentials, replies = [], instead = [], thenClose = false, drops = false, bound = [V4, 0, 0, 0, 0] }: SocksWishes,
  asked: string[],
  proofs: string[],
  changed: () => void,
): Promise<void> {
  const read = readerOf(socket);
  let answers = 0;
  const answer = async (bytes: readonly number[]) => {
    const wish = instead[answers++] ?? bytes;
    if (wish !== "nothing" && !drops) socket.write(Buffer.from(wish));
    else if (wish !== "nothing") {
      for (const byte of wish) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    if (thenClose && answers >= instead.length) socket.end();
  };

  const [, count = 0] = await read(2);
  const methods = await read(count);
  const method = credentials === undefined ? 0 : methods.includes(2) ? 2 : 0xff;
  await answer([5, method]);
  if (method === 2) {
    const login = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    proofs.push(`${login}:${password}`);
    await answer([1, proofs.at(-1) === credentials ? 0 : 1]);
  }
  const [, , , kind] = await read(4);
  const host =
    kind === NAME ? (await read((await read(1))[0] ?? 0)).toString() : textOf(await read(kind === V4 ? 4 : 16));
  const port = (await read(2)).readUInt16BE();
  asked.push(`${host}:${port}`);
  changed();
  const reply = replies[asked.length - 1] ?? 0;
  if (reply !== 0) {
    await answer([5, reply, 0, ...bound, 0, 0]);
    socket.end();
    return;
  }
  // The proxy's names: whatever is called so is this machine.
  const onward = connect(port, host.endsWith(".example") ? "127.0.0.1" : host);
  onward.on("error", () => socket.destroy());
  onward.on("close", () => socket.destroy());
  socket.on("close", () => onward.destroy());
  onward.once("connect", async () => {
    await answer([5, 0, 0, ...bound, 0, 0]);
    if (!socket.destroyed) socket.pipe(onward).pipe(socket);
  });
}

function textOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(":");
}

const EVENTS = ["readable", "end", "close"];

/** Reads by exact numbers of bytes; fails when the other side is gone. */
function readerOf(socket: Socket): (count: number) => Promise<Buffer> {
  return async (count) => {
    for (;;) {
      const bytes = count === 0 ? Buffer.alloc(0) : (socket.read(count) as Buffer | null);
      if (bytes?.length === count) return bytes;
      if (socket.destroyed || socket.readableEnded) throw new Error("gone");
      await new Promise<void>((resolve) => {
        const wake = () => {
          for (const event of EVENTS) socket.off(event, wake);
          resolve();
        };
        for (const event of EVENTS) socket.on(event, wake);
      });
    }
  };
}
