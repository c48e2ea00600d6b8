import { once } from "node:events";
import { promises as files } from "node:fs";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type FlagServer, type FlagServerOptions, startFlagServer } from "./server.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** One request on a connection of its own; the path is sent as it stands. */
export async function ask(
  port: number,
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

/** Sends these bytes and collects what comes until the server closes. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return (await buffer(socket)).toString("latin1");
}

/** A server that is closed when the test has ended. */
export async function start(t: TestContext, options?: FlagServerOptions): Promise<FlagServer> {
  const server = await startFlagServer(options);
  t.after(() => server.close());
  return server;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Replaces the reading of image files for the rest of the test. */
export function readImagesWith(t: TestContext, read: () => Promise<Buffer>): void {
  const mock = t.mock.method(files, "readFile", read);
  syncBuiltinESMExports();
  t.after(() => {
    mock.mock.restore();
    syncBuiltinESMExports();
  });
}

/** The path of a flag. */
export const flag = (code: string): string => `/flags/${code}/${code}.svg`.toLowerCase();

/** The image as the package has it. */
export const original = (code: string): Promise<Buffer> =>
  readFile(new URL(import.meta.resolve(`flag-icons/flags/4x3/${code.toLowerCase()}.svg`)));
