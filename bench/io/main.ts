/**
 * `npm run bench:io`: sockets, HTTP and executors beside what they stand on (node:net, node:http, undici, piscina) and beside
 * Python's. See bench/README.md.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Child } from "../child.ts";
import { type Figure, measure, type Side } from "../measure.ts";
import { fromCommandLine, wholeNumber } from "../options.ts";
import { commit, machine } from "../report.ts";
import { measureNetwork, NETWORKS, type NetworkFigure } from "./network.ts";
import { findPython, missingOf, type Python } from "./python.ts";

const HELP = `npm run bench:io [-- [echo] [server] [client] [executor] [OPTIONS]]

Measures I/O beside what it stands on, and beside asyncio, uvloop and aiohttp. Without words, all four.

  --rounds N   rounds that are measured, after two of warm-up (default: 7)
  --ms N       milliseconds that a server is asked in a round (default: 500)
  --source     measure the sources, for a profile of them, and not the built packages
  --json FILE  write all figures to FILE
  --write      write the tables to bench/results/io.md; without words
  --help       this text
`;
const TOPICS = ["echo", "server", "client", "executor"] as const;

const options = fromCommandLine((args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "7" },
      ms: { type: "string", default: "500" },
      source: { type: "boolean", default: false },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.write && (values.source || positionals.length > 0)) {
    throw new Error("Expected --write without words and without --source: it writes all tables, of what is published");
  }
  const unknown = positionals.find((word) => !TOPICS.some((topic) => topic === word));
  if (unknown !== undefined) throw new Error(`Expected one of ${TOPICS.join(", ")}, got ${unknown}`);
  return {
    topics: new Set<string>(positionals.length > 0 ? positionals : TOPICS),
    rounds: wholeNumber("--rounds", values.rounds),
    ms: wholeNumber("--ms", values.ms),
    source: values.source,
    json: values.json ?? null,
    write: values.write,
    help: values.help,
  };
}, HELP);

if (!options.source) {
  await import("../../checks/build.ts");
  await import("./built.ts");
}
const python = findPython();
const said: string[] = [];
const measured = `Measured with ${options.source ? "the sources" : "the built packages"}, on ${new Date().toISOString().slice(0, 10)} at \`${commit().slice(0, 10)}\` on ${machine()}; Node ${process.versions.node}; medians of ${options.rounds} rounds.`;
say(`# I/O, measured\n\n${measured} [How, and what the columns are](../README.md#io).`);
for (const what of missingOf(python)) say(`\n${what}`);
const report: Record<string, Record<string, unknown>> = {};
const { rounds, ms } = options;

for (const network of NETWORKS) {
  if (!options.topics.has(network.id)) continue;
  say(`\n## ${network.title}\n`);
  say("| load | server | answers/s | MB/s | CPU an answer | answers/s to the first | the same per CPU |");
  say("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
  const all: Record<string, readonly NetworkFigure[]> = {};
  report[network.id] = all;
  await measureNetwork(network, python, { warmups: 2, rounds, ms, isSource: options.source }, (load, figures) => {
    all[load] = figures;
    for (const figure of figures) say(networkRow(load, figure));
  });
}

if (options.topics.has("executor")) {
  const { executorSides } = await import("./executors.ts");
  await inTurns("executor", "Jobs in threads", (inFlight, operations) => executorSides(inFlight, operations), 0);
}
if (options.topics.has("client")) {
  const { clientSides } = await import("./client.ts");
  await using server = new Child(process.execPath, [fileURLToPath(new URL("servers/node-http.ts", import.meta.url))]);
  const { port } = await server.next<{ port: number }>();
  await inTurns("client", "GET of 13 bytes", (inFlight, operations) => clientSides(port, inFlight, operations), port);
}
if (options.json !== null) {
  const { version } = process;
  writeFileSync(options.json, `${JSON.stringify({ version, rounds, ms, ...report }, null, 2)}\n`);
}

if (options.write) writeFileSync(new URL("../results/io.md", import.meta.url), `${said.join("\n")}\n`);

function say(line: string): void {
  said.push(line);
  console.log(line);
}

function networkRow(load: string, { side, perSecond, bytesPerSecond, cpu, ratio, cpuRatio }: NetworkFigure): string {
  const megabytes = bytesPerSecond === 0 ? "" : (bytesPerSecond / 1e6).toFixed(0);
  const count = Math.round(perSecond).toLocaleString("en");
  return `| ${load} | ${side} | ${count} | ${megabytes} | ${cpu.toFixed(1)} µs | ${ratio.toFixed(2)} | ${cpuRatio.toFixed(2)} |`;
}

/** Rounds of one process of ours, and of Python's, in turns; one at a time and a hundred. */
async function inTurns(
  id: "executor" | "client",
  title: string,
  sidesOf: (inFlight: number, operations: number) => { sides: Side[]; close: () => Promise<void> },
  port: number,
): Promise<void> {
  say(`\n## ${title}\n`);
  say("| in flight | side | each | to the native side | to yieldfrom |\n| ---: | --- | ---: | ---: | ---: |");
  const all: Record<string, Record<string, Figure>> = {};
  report[id] = all;
  await using children = new AsyncDisposableStack();
  const rivals = rivalsOf(id, python).map(([name, child]) => [name, children.use(child)] as const);
  for (const inFlight of [1, 100]) {
    const operations = inFlight === 1 ? 2000 : 10_000;
    const { sides, close } = sidesOf(inFlight, operations);
    try {
      for (const [name, child] of rivals) {
        sides.push({ name, operations, time: (count) => child.ask({ operations: count, inFlight, port }) });
      }
      const row = { name: `${title}, ${inFlight}`, expected: (count: number) => count };
      const figures = await measure(row, sides, { warmups: 3, rounds });
      all[inFlight] = Object.fromEntries(figures);
      for (const [name, { ns, toNative, toOurs }] of figures) {
        const time = `${(ns / 1000).toFixed(1)} µs`;
        say(`| ${inFlight} | ${name} | ${time} | ${toNative.toFixed(2)} | ${toOurs.toFixed(2)} |`);
      }
    } finally {
      await close();
    }
  }
}

function rivalsOf(kind: "executor" | "client", { plain, withUvloop, withAiohttp }: Python): [string, Child][] {
  const program = fileURLToPath(new URL("rounds.py", import.meta.url));
  const [asyncio, uvloop] = kind === "client" ? [withAiohttp, withAiohttp] : [plain, withUvloop];
  const what = kind === "client" ? "aiohttp" : "asyncio";
  return [
    ...(asyncio === null ? [] : [[what, new Child(asyncio, [program, "asyncio", kind])] as [string, Child]]),
    ...(uvloop === null
      ? []
      : [
          [kind === "client" ? "aiohttp on uvloop" : "uvloop", new Child(uvloop, [program, "uvloop", kind])] as [
            string,
            Child,
          ],
        ]),
  ];
}
