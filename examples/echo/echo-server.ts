/** A server that sends back what it is sent, for `nc` or for echo-client.ts beside it. `--help` has the options. */

import { readFileSync } from "node:fs";
import { createServer } from "@yieldfrom/io";
import { type Coroutine, coroutine, createTask, shield, wait } from "yieldfrom";
import { type Place, readOptions, serverCommand } from "../serving/options.ts";
import { serveClients } from "../serving/serve-clients.ts";
import { untilStopped } from "../serving/until-stopped.ts";
import { echo } from "./echo.ts";
import { EchoProtocol } from "./echo-protocol.ts";

interface Options extends Place {
  readonly protocol?: true;
  readonly cert?: string;
  readonly key?: string;
}

function main({ protocol, cert, key, ...place }: Options): Promise<number> {
  const ssl = cert !== undefined && { cert: readFileSync(cert), key: readFileSync(key ?? cert) };
  return untilStopped(() => (protocol ? serveProtocol(place, ssl) : serveClients(place, echo, { ssl })));
}
