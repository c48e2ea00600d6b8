/** Servers, asked by one process of load, in turns: requests per second, and what they cost the server's CPU. */
import { fileURLToPath } from "node:url";
import { Child } from "../child.ts";
import { median } from "../statistics.ts";
import type { Count, LoadQuestion } from "./load.ts";
import type { Python } from "./python.ts";

export interface Network {
  readonly id: "echo" | "server";
  readonly title: string;
  /** The first is the one that the others are compared with. */
  readonly sides: readonly Side[];
  readonly loads: readonly Load[];
}

interface Side {
  readonly name: string;
  readonly start: (python: Python, isSource: boolean) => Child | null;
}

interface Load {
  readonly name: string;
  readonly connections: number;
  /** Bytes; `null`: a GET. */
  readonly echo: number | null;
}

export interface NetworkFigure {
  readonly side: string;
  /** Answers per second, bytes per second (both ways, of an echo's load), and microseconds of the server's CPU an answer. */
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly cpu: number;
  /** Medians of the rounds' own ratios to the first side: answers per second, and answers per second of CPU. */
  readonly ratio: number;
  readonly cpuRatio: number;
}

const node =
  (file: string, ...args: string[]) =>
  (_: Python, isSource: boolean) => {
    const packages = isSource ? [] : ["--import", pathOf("built.ts")];
    return new Child(process.execPath, [...packages, pathOf(`servers/${file}.ts`), ...args]);
  };
const python = (loop: "asyncio" | "uvloop", kind: string) => (found: Python) => {
  const path = kind === "http" ? found.withAiohttp : loop === "uvloop" ? found.withUvloop : found.plain;
  return path === null ? null : new Child(path, [pathOf("servers/servers.py"), loop, kind]);
};

export const NETWORKS: readonly Network[] = [
  {
    id: "echo",
    title: "Echo",
    sides: [
      { name: "node:net", start: node("node-net") },
      { name: "yieldfrom streams", start: node("yieldfrom-streams") },
      { name: "yieldfrom protocol", start: node("yieldfrom-protocol") },
      { name: "asyncio streams", start: python("asyncio", "streams") },
      { name: "asyncio protocol", start: python("asyncio", "protocol") },
      { name: "uvloop streams", start: python("uvloop", "streams") },
      { name: "uvloop protocol", start: python("uvloop", "protocol") },
    ],
    loads: [100, 65_536].flatMap((echo) =>
      [1, 100, 1000].map((connections) => ({
        name: `${echo === 100 ? "100 bytes" : "64 KiB"}, ${connections} connection${connections > 1 ? "s" : ""}`,
        connections,
        echo,
      })),
    ),
  },
  {
    id: "server",
    title: "HTTP server, 13 bytes",
    sides: [
      { name: "node:http", start: node("node-http") },
      { name: "yieldfrom serve", start: node("yieldfrom-http") },
      { name: "yieldfrom serve, FastResponse", start: node("yieldfrom-http", "fast") },
      { name: "@hono/node-server", start: node("hono") },
      { name: "aiohttp", start: python("asyncio", "http") },
      { name: "aiohttp on uvloop", start: python("uvloop", "http") },
    ],
    loads: [1, 100].map((connections) => ({
      name: `${connections} connection${connections > 1 ? "s" : ""}`,
      connections,
      echo: null,
    })),
  },
];

export interface NetworkOptions {
  readonly warmups: number;
  readonly rounds: number;
  /** How long one side is asked in one round. */
  readonly ms: number;
  /** Whether the packages' sources are run, and not what is built of them. */
  readonly isSource: boolean;
}

export async function measureNetwork(
  network: Network,
  found: Python,
  { warmups, rounds, ms, isSource }: NetworkOptions,
  tell: (load: string, figures: readonly NetworkFigure[]) => void,
): Promise<void> {
  await using load = new Child(process.execPath, [pathOf("load.ts")]);
  await using servers = new AsyncDisposableStack();
  const sides: Server[] = [];
  for (const { name, start } of network.sides) {
    const child = start(found, isSource);
    if (child === null) continue;
    servers.use(child);
    sides.push({ name, child, port: (await child.next<{ port: number }>()).port });
  }
  for (const { name, connections, echo } of network.loads) {
    const seen = new Map<string, { perSecond: number; cpu: number }[]>(sides.map((side) => [side.name, []]));
    for (let round = -warmups; round < rounds; round++) {
      for (let turn = 0; turn < sides.length; turn++) {
        const side = sides[(round + warmups + turn) % sides.length]!;
        const figure = await once(load, side, { port: side.port, connections, echo }, ms);
        if (round >= 0) seen.get(side.name)!.push(figure);
      }
    }
    const base = seen.get(sides[0]!.name)!;
    const figures = [...seen].map(([side, own]): NetworkFigure => {
      const perSecond = median(own.map((each) => each.perSecond));
      return {
        side,
        perSecond,
        bytesPerSecond: perSecond * (echo ?? 0) * 2,
        cpu: median(own.map((each) => each.cpu)),
        ratio: median(own.map((each, round) => each.perSecond / base[round]!.perSecond)),
        cpuRatio: median(own.map((each, round) => base[round]!.cpu / each.cpu)),
      };
    });
    tell(name, figures);
  }
}

interface Server {
  readonly name: string;
  readonly child: Child;
  readonly port: number;
}

/** The CPU time is that between the two counts, without what connections cost that begin or end. */
async function once(load: Child, server: Server, begin: Omit<Begin, "do">, ms: number) {
  const ask = (question: LoadQuestion) => load.ask<Count>(question);
  await ask({ do: "begin", ...begin });
  const before = await server.child.ask<{ cpu: number }>({});
  const count = await ask({ do: "count", ms });
  const after = await server.child.ask<{ cpu: number }>({});
  await ask({ do: "end" });
  if (count.answers === 0) throw new Error(`${server.name} answered nothing in ${count.ms} ms`);
  return { perSecond: (count.answers * 1000) / count.ms, cpu: (after.cpu - before.cpu) / count.answers };
}

type Begin = Extract<LoadQuestion, { readonly do: "begin" }>;

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
