/** `node slow-server.ts FOLDER MS`: serves small files from memory, each MS milliseconds after it was asked for. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { serverIsReady } from "../io/ask.ts";

const [folder = "", ms] = process.argv.slice(2);
const bodies = new Map<string, Buffer>();

const server = createServer((request, response) => {
  const { url = "/" } = request;
  let body = bodies.get(url);
  if (body === undefined) {
    body = readFileSync(join(folder, url));
    bodies.set(url, body);
  }
  setTimeout(answer, Number(ms), response, body);
});

function answer(response: import("node:http").ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": body.byteLength });
  response.end(body);
}

server.listen(0, "127.0.0.1", 4096, () => serverIsReady((server.address() as { port: number }).port));
