/**
 * The one who asks: so many connections, each of which sends its request, waits for the whole answer and sends the next. Plain
 * `node:net`, in a process of its own, the same for all servers.
 */
import { connect, type Socket } from "node:net";
import { answerQuestions } from "./ask.ts";

export interface LoadQuestion {
  readonly port: number;
  readonly connections: number;
  /** How long, in milliseconds. */
  readonly ms: number;
  /** Bytes of an echo; or a GET of `/`. */
  readonly echo: number | null;
}

export interface LoadAnswer {
  readonly answers: number;
  /** Milliseconds, as they were. */
  readonly ms: number;
}

const GET = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

answerQuestions<LoadQuestion>(async ({ port, connections, ms, echo }) => {
  const request = echo === null ? GET : Buffer.alloc(echo, "x");
  const length = echo ?? (await lengthOfAnswer(port));
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  let answers = 0;
  let failure: Error | undefined;
  for (const socket of sockets) {
    let missing = length;
    socket.on("data", (data) => {
      missing -= data.length;
      if (missing > 0) return;
      if (missing < 0) failure ??= new Error(`${-missing} bytes more than were asked for`);
      answers++;
      missing = length;
      socket.write(request);
    });
    socket.on("error", (error) => {
      failure ??= error;
    });
    socket.write(request);
  }
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const result: LoadAnswer = { answers, ms: performance.now() - start };
  for (const socket of sockets) socket.destroy();
  if (failure !== undefined) throw failure;
  return result;
});

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** All answers of a server to this one request are as long as the first. */
async function lengthOfAnswer(port: number): Promise<number> {
  const socket = await open(port);
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      const body = /content-length: *(\d+)/i.exec(text);
      if (head < 0) return;
      if (body === null) return reject(new Error(`An answer without a length: ${text}`));
      if (text.length < head + 4 + Number(body[1])) return;
      socket.destroy();
      resolve(head + 4 + Number(body[1]));
    });
    socket.once("error", reject);
    socket.write(GET);
  });
}
