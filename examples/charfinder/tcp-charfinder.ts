/**
 * Finds Unicode characters by words in their names, for anybody with `nc` or `telnet` (Fluent Python: `tcp_charfinder`).
 * `--help` has the options.
 */

import { type Place, readOptions, serverCommand } from "../serving/options.ts";
import { serveClients } from "../serving/serve-clients.ts";
import { untilStopped } from "../serving/until-stopped.ts";
import { Finder } from "./finder.ts";
import { converse } from "./session.ts";

async function main(place: Place): Promise<number> {
  await using finder = new Finder();
  return await untilStopped(function* () {
    console.log(`${yield* finder.count()} characters are known.`);
    yield* serveClients(place, (reader, writer, log) => converse(reader, writer, finder.find, log), { limit: 1024 });
  });
}

const options = readOptions<Place>(
  serverCommand({
    name: "charfinder",
    description: "Finds Unicode characters by words in their names. Talk to it with nc or telnet.",
    port: 2323,
  }),
  process.argv.slice(2),
);
process.exitCode = typeof options === "number" ? options : await main(options);
