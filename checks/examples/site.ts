/** The network of the examples: every host under `.example`, by http or https, is a server in this process. */
import dns from "node:dns";
import { createServer } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";

/** Milliseconds, of the examples' time, that it takes to answer. */
const DELAY = 100;
const SLOW = 60_000;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://site.example");
  const answer = () => {
    if (pathname.startsWith("/missing")) response.writeHead(404).end("not here\n");
    else if (pathname.startsWith("/cut")) response.destroy();
    else if (pathname.endsWith(".json")) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ path: pathname }));
    } else response.end(`this is ${pathname}\n`);
  };
  request.resume();
  setTimeout(answer, pathname.startsWith("/slow") ? SLOW : DELAY);
});

/** Ends what a program has left open; an open socket would keep the next one from being idle. */
export function hangUp(): void {
  server.closeAllConnections();
}

/** Where names under `.example` lead: an address that is nobody's (RFC 5737). */
const ADDRESS = "192.0.2.80";

type Target = { host?: string; hostname?: string; servername?: string; socket?: net.Socket };
type Anything = (...args: unknown[]) => unknown;

function isOurs({ host, hostname, servername }: Target): boolean {
  const name = host ?? hostname ?? servername ?? "";
  return name === ADDRESS || /\.example$/.test(name);
}

/** Starts it. It keeps no process alive. */
export async function openSite(): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const [lookup, connect, secure] = [dns.lookup, net.connect, tls.connect] as unknown as [Anything, Anything, Anything];
  const reach = () => connect({ host: "127.0.0.1", port }) as net.Socket;
  Object.assign(dns, {
    lookup: (host: string, options: { all?: boolean }, callback: Anything) => {
      if (!isOurs({ host })) return lookup(host, options, callback);
      const found = options.all ? [[{ address: ADDRESS, family: 4 }]] : [ADDRESS, 4];
      return queueMicrotask(() => callback(null, ...found));
    },
  });
  Object.assign(net, {
    connect: (...args: unknown[]) => (isOurs(args[0] as Target) ? reach() : connect(...args)),
  });
  Object.assign(tls, {
    connect: (...args: unknown[]) => {
      const target = args[0] as Target;
      if (!isOurs(target)) return secure(...args);
      // No TLS is spoken: a socket that is connected is secure.
      const socket = target.socket ?? reach();
      if (target.socket === undefined) socket.once("connect", () => socket.emit("secureConnect"));
      else setImmediate(() => socket.emit("secureConnect"));
      return socket;
    },
  });
  syncBuiltinESMExports();
}
