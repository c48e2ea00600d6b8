import { createServer } from "node:http";
import { serverIsReady } from "../ask.ts";

const server = createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/plain;charset=UTF-8", "content-length": 13 });
  response.end("Hello, world!");
});
server.listen(0, "127.0.0.1", 4096, () => serverIsReady((server.address() as { port: number }).port));
