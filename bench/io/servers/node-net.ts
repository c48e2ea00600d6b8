import { createServer } from "node:net";
import { serverIsReady } from "../ask.ts";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", 4096, () => serverIsReady((server.address() as { port: number }).port));
