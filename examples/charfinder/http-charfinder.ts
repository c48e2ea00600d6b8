/** The same for anybody with a browser (Fluent Python: `http_charfinder`). `--help` has the options. */

import { serve } from "@yieldfrom/http";
import { type Place, readOptions, serverCommand } from "../serving/options.ts";
import { untilStopped } from "../serving/until-stopped.ts";
import { answer } from "./answer.ts";
import { Finder } from "./finder.ts";

async function main(place: Place): Promise<number> {
  await using finder = new Finder();
  return await untilStopped(function* () {
    console.log(`${yield* finder.count()} characters are known.`);
    const server = yield* serve((request) => answer(request, finder.find), place);
    console.log(`Serving on ${server.url} (Ctrl-C to stop)`);
    yield* server.serveForever();
  });
}

const options = readOptions<Place>(
  serverCommand({
    name: "charfinder:http",
    description: "Finds Unicode characters by words in their names. Open its page in a browser.",
    port: 8888,
  }),
  process.argv.slice(2),
);
process.exitCode = typeof options === "number" ? options : await main(options);
