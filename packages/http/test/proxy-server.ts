/** A proxy on loopback, which notes what it was asked for and with which headers. */
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import type { Certificate } from "./certificates.ts";
import { TestServer } from "./server.ts";

export interface ProxyWishes {
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** It is an https proxy. */
  readonly certificate?: Certificate;
  /** What it answers CONNECT with instead of a tunnel. */
  readonly refusal?: string;
}

export class TestProxy extends TestServer {
  readonly asked: { line: string; headers: IncomingHttpHeaders }[] = [];
  /** Without credentials. */
  readonly url: string;

  constructor(server: Server, secure: boolean) {
    super(server);
    this.url = `${secure ? "https" : "http"}://127.0.0.1:${this.port}`;
  }
}

export async function serveProxy({ credentials, certificate, refusal }: ProxyWishes = {}): Promise<TestProxy> {
  const server = certificate === undefined ? createServer() : createTlsServer({ ...certificate });
  const isAllowed = (headers: IncomingHttpHeaders) =>
    credentials === undefined ||
    headers["proxy-authorization"] === `Basic ${Buffer.from(credentials).toString("base64")}`;
  server.on("request", (request, response) => {
    proxy.asked.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    if (!isAllowed(request.headers)) {
      response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
      return;
    }
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = httpRequest(request.url ?? "", { method: request.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    proxy.asked.push({ line: `CONNECT ${request.url}`, headers: request.headers });
    proxy.changed();
    socket.on("error", () => {});
    if (!isAllowed(request.headers)) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n");
      return;
    }
    if (refusal !== undefined) {
      if (refusal === "") socket.destroy();
      else if (refusal === "silence") socket.resume().on("end", () => socket.end());
      else socket.end(refusal);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname === "some.example" ? "127.0.0.1" : hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = new TestProxy(server as Server, certificate !== undefined);
  return proxy;
}
