/** The network of the examples: every host under `.example`, by http or https, is a server in this process. */
import { createServer } from "node:http";
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

type Target = { host?: string; hostname?: string; servername?: string };
const connect = net.connect as (...args: unknown[]) => net.Socket;

/** Starts it. It keeps no process alive. */
export async function openSite(): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const isOurs = (target: Target) => /\.example$/.test(target.host ?? target.hostname ?? target.servername ?? "");
  const reach = () => connect({ host: "127.0.0.1", port });
  Object.assign(net, {
    connect: (...args: unknown[]) => (isOurs(args[0] as Target) ? reach() : connect(...args)),
  });
  const secure = tls.connect as (...args: unknown[]) => net.Socket;
  Object.assign(tls, {
    connect: (...args: unknown[]) => {
      if (!isOurs(args[0] as Target)) return secure(...args);
      const socket = reach();
      socket.once("connect", () => socket.emit("secureConnect"));
      return socket;
    },
  });
}
