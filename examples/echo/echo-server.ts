/** A server that sends back what it is sent, to `nc` or to echo-client.ts beside it. `--help` has the options. */

import { readFileSync } from "node:fs";
import { createServer, formatAddress, type ServerOptions } from "@yieldfrom/io";
import type { Coroutine } from "yieldfrom";
import { type Place, readOptions, serverCommand } from "../serving/options.ts";
import { GRACE, serveClients } from "../serving/serve-clients.ts";
import { untilStopped } from "../serving/until-stopped.ts";
import { echo } from "./echo.ts";
import { EchoProtocol } from "./echo-protocol.ts";

interface Options extends Place {
  readonly protocol?: true;
  /** Files. */
  readonly cert?: string;
  readonly key?: string;
}

function main({ protocol, cert, key, ...place }: Options): Promise<number> {
  return untilStopped(() => {
    const ssl = cert !== undefined && { cert: readFileSync(cert), key: readFileSync(key ?? cert) };
    return protocol ? serveProtocol(place, { ssl }) : serveClients(place, echo, { ssl });
  });
}

/** Serves by protocols until it is cancelled. */
function* serveProtocol({ host, port }: Place, options: ServerOptions): Coroutine<void> {
  const server = yield* createServer(() => new EchoProtocol(), host, port, options);
  console.log(`Serving on ${formatAddress([host, server.port])} (Ctrl-C to stop)`);
  yield* server.serveForever({ grace: GRACE });
}

const command = serverCommand({
  name: "echo",
  description: "Sends back what it is sent. Talk to it with nc.",
  port: 8007,
})
  .option("--protocol", "by a protocol's callbacks, and not by coroutines and streams")
  .option("--cert <file>", "speak TLS, with this certificate (PEM)")
  .option("--key <file>", "the key of the certificate, if that is in a file of its own");
const options = readOptions<Options>(command, process.argv.slice(2));
process.exitCode = typeof options === "number" ? options : await main(options);
