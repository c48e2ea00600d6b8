/**
 * The one who asks: so many connections, each of which sends its request, waits for the whole answer and sends the next. Plain
 * `node:net`, in a process of its own, the same for all servers.
 */
import { connect, type Socket } from "node:net";
import { answerQuestions } from "./ask.ts";

/** In this order, for each server and round. */
export type LoadQuestion =
  /** Connects and begins to ask; answered when all have had an answer. `echo`: bytes; `null`: a GET of `/`. */
  | { readonly do: "begin"; readonly port: number; readonly connections: number; readonly echo: number | null }
  /** Goes on for that long, or so often until there is an answer, and tells how many answers came. */
  | { readonly do: "count"; readonly ms: number }
  /** Ends all connections, and lets the server come to rest. */
  | { readonly do: "end" };

export interface Count {
  readonly answers: number;
  /** Milliseconds, as they were. */
  readonly ms: number;
}

const GET = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
/** Milliseconds for a server to see to the connections that were ended. */
const REST = 100;

/** How often as long as it should a count may take, until a server is said not to answer. */
const PATIENCE = 50;

let sockets: Socket[] = [];
let answers = 0;
let failure: Error | undefined;

answerQuestions<LoadQuestion>(async (question) => {
  if (question.do === "begin") await begin(question.port, question.connections, question.echo);
  else if (question.do === "end") await end();
  else {
    const before = answers;
    const start = performance.now();
    // A thousand large answers at a time may take longer than a short measurement; one that has none says nothing.
    for (let i = 0; i < PATIENCE && answers === before; i++) {
      await new Promise((resolve) => setTimeout(resolve, question.ms));
    }
    if (failure !== undefined) throw failure;
    return { answers: answers - before, ms: performance.now() - start };
  }
  return {};
});

async function begin(port: number, connections: number, echo: number | null): Promise<void> {
  const request = echo === null ? GET : Buffer.alloc(echo, "x");
  const length = echo ?? (await lengthOfAnswer(port));
  sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  await Promise.all(sockets.map((socket) => ask(socket, request, length)));
}

/** Resolves with the first answer, and goes on. */
function ask(socket: Socket, request: Buffer, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = length;
    socket.on("data", (data) => {
      missing -= data.length;
      if (missing > 0) return;
      if (missing < 0) failure ??= new Error(`${-missing} bytes more than were asked for`);
      answers++;
      missing = length;
      socket.write(request);
      resolve();
    });
    socket.on("error", (error) => {
      failure ??= error;
      reject(error);
    });
    socket.write(request);
  });
}

async function end(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await new Promise((resolve) => setTimeout(resolve, REST));
}

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
      if (head < 0) return;
      const body = /content-length: *(\d+)/i.exec(text);
      if (body === null) return reject(new Error(`An answer without a length: ${text}`));
      if (text.length < head + 4 + Number(body[1])) return;
      socket.destroy();
      resolve(head + 4 + Number(body[1]));
    });
    socket.once("error", reject);
    socket.write(GET);
  });
}
