/** `npm run bench:download`: download-many beside the programs it is to replace. See bench/README.md. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromCommandLine, wholeNumber } from "../options.ts";
import { interpreterWith } from "../python.ts";
import { commit, machine } from "../report.ts";
import { median } from "../statistics.ts";
import { checkFiles, type FileSet, makeFiles } from "./files.ts";
import { type FileServer, startNginx, startSlowServer } from "./servers.ts";
import { Stopwatch, type Taken } from "./stopwatch.ts";
import { findTools, type Job, type Tool, WIDTH } from "./tools.ts";

const HELP = `npm run bench:download [-- [small] [large] [slow] [start] [OPTIONS]]

Times whole processes that download from nginx to the disk, beside curl, wget2, aria2c and aiohttp. Without words, all four.

  --rounds N    rounds that are measured, after one of warm-up (default: 5)
  --files N     how many small files (default: 5000)
  --size N      mebibytes of each large file (default: 256)
  --only WORD   only tools whose name contains WORD; may be repeated
  --no-build    measure the packages as they were built before
  --json FILE   write all figures to FILE
  --write       write the tables to bench/results/download.md; without words and other options
  --help        this text
`;
const TOPICS = ["small", "large", "slow", "start"] as const;

const options = fromCommandLine((args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      files: { type: "string" },
      size: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      "no-build": { type: "boolean", default: false },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { files, size } = values;
  const isOther = positionals.length > 0 || values.only.length > 0 || values["no-build"];
  if (values.write && (isOther || files !== undefined || size !== undefined)) {
    throw new Error("Expected --write without words and other options: it writes all tables, of what is published");
  }
  const unknown = positionals.find((word) => !TOPICS.some((topic) => topic === word));
  if (unknown !== undefined) throw new Error(`Expected one of ${TOPICS.join(", ")}, got ${unknown}`);
  return {
    topics: new Set<string>(positionals.length > 0 ? positionals : TOPICS),
    rounds: wholeNumber("--rounds", values.rounds),
    files: wholeNumber("--files", files ?? "5000"),
    size: wholeNumber("--size", size ?? "256"),
    only: values.only,
    build: !values["no-build"],
    json: values.json ?? null,
    write: values.write,
    help: values.help,
  };
}, HELP);

/** One topic's table. */
interface Topic {
  readonly id: string;
  readonly title: string;
  readonly sizes: Job["sizes"];
  readonly set: () => FileSet;
  readonly server: () => Promise<FileServer>;
}

if (options.build) await import("../../checks/build.ts");
const python = interpreterWith("aiohttp", "uvloop");
const anyPython = python ?? interpreterWith("json");
if (anyPython === null)
  throw new Error("Expected a python3, which tells what a process took, to be found; there is none");
const { tools, missing } = await findTools(python);

const said: string[] = [];
const report: Record<string, Record<string, readonly Taken[]>> = {};
const day = new Date().toISOString().slice(0, 10);
say(
  `# Downloads, measured\n\nMeasured on ${day} at \`${commit().slice(0, 10)}\` on ${machine()}; Node ${process.versions.node}; medians of ${options.rounds} rounds, in which the tools take turns. [How, and what the columns are](../README.md#downloads).`,
);
for (const what of missing) say(`\nNot measured: ${what}`);

const folder = mkdtempSync(join(tmpdir(), "yieldfrom-download-"));
try {
  const root = join(folder, "root");
  mkdirSync(root);
  await using stopwatch = new Stopwatch(anyPython, folder);
  const nginx = () => startNginx(root, join(folder, "nginx"));
  const small = () => makeFiles(root, "small", options.files, (index) => 2048 + ((index * 7919) % 6145));
  const large = () => makeFiles(root, "large", 4, () => options.size * 2 ** 20);
  const count = options.files.toLocaleString("en");
  const topics: readonly Topic[] = [
    { id: "small", title: `${count} files of 2 to 8 KiB`, sizes: "small", set: small, server: nginx },
    { id: "large", title: `4 files of ${options.size} MiB`, sizes: "large", set: large, server: nginx },
    {
      id: "slow",
      title: `${count} such files, from a server that answers after 20 ms`,
      sizes: "small",
      set: small,
      server: () => startSlowServer(root, 20),
    },
  ];
  for (const topic of topics) {
    if (!options.topics.has(topic.id)) continue;
    const set = topic.set();
    try {
      await using server = await topic.server();
      await measureTopic(topic, set, server, stopwatch);
    } finally {
      rmSync(set.folder, { recursive: true });
      rmSync(join(folder, "nginx"), { recursive: true, force: true });
    }
  }
  if (options.topics.has("start")) await measureStart(stopwatch);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
if (options.write) writeFileSync(new URL("../results/download.md", import.meta.url), `${said.join("\n")}\n`);

function say(line: string): void {
  said.push(line);
  console.log(line);
}

function isWanted({ name }: Tool): boolean {
  return options.only.length === 0 || options.only.some((word) => name.includes(word));
}

async function measureTopic(
  { id, title, sizes }: Topic,
  set: FileSet,
  { origin }: FileServer,
  stopwatch: Stopwatch,
): Promise<void> {
  const urls = [...set.files.keys()].map((name) => `${origin}/${set.name}/${name}`);
  const list = join(folder, `${id}.txt`);
  writeFileSync(list, `${urls.join("\n")}\n`);
  const out = join(folder, "out");
  mkdirSync(out);
  const taking = tools.filter((tool) => isWanted(tool) && tool.except !== sizes);
  const took = new Map<Tool, Taken[]>(taking.map((tool) => [tool, []]));
  for (let round = 0; round <= options.rounds; round++) {
    for (const [tool, all] of took) {
      const job: Job = { sizes, list, urls, folder: join(out, `${round}-${tool.name.replaceAll(/\W+/g, "-")}`) };
      mkdirSync(job.folder);
      const taken = await stopwatch.time(tool.command(job));
      checkFiles(set, job.folder, round === 0);
      // ext4 takes its time to find inodes for new files if many were removed in the last seconds.
      if (sizes === "large") rmSync(job.folder, { recursive: true });
      if (round > 0) all.push(taken);
    }
  }
  rmSync(out, { recursive: true });
  say(`\n## ${title}, ${WIDTH} at a time\n`);
  tell(id, took, sizes === "large" ? [...set.files.values()].reduce((sum, size) => sum + size, 0) : null);
}

/** How long the command takes to say which version it is, beside Node that does nothing. */
async function measureStart(stopwatch: Stopwatch): Promise<void> {
  const node: Tool = { name: "node", command: () => [process.execPath, "-e", "0"] };
  const ours = tools.find(({ name }) => name === "download-many");
  const list = join(folder, "start.txt");
  writeFileSync(list, "");
  const took = new Map<Tool, Taken[]>([[node, []]]);
  if (ours !== undefined) {
    const [program = "", script = ""] = ours.command({ sizes: "small", list, urls: [], folder });
    took.set({ name: "download-many --version", command: () => [program, script, "--version"] }, []);
  }
  const job: Job = { sizes: "small", list, urls: [], folder };
  for (let round = 0; round <= options.rounds * 4; round++) {
    for (const [tool, all] of took) {
      const taken = await stopwatch.time(tool.command(job));
      if (round > 0) all.push(taken);
    }
  }
  say("\n## Start\n");
  tell("start", took, null);
}

function tell(id: string, took: ReadonlyMap<Tool, readonly Taken[]>, bytes: number | null): void {
  const of = (all: readonly Taken[], what: (taken: Taken) => number) => median(all.map(what));
  const cpu = ({ user, system }: Taken) => user + system;
  const [first] = took.values();
  if (first === undefined) return;
  const firstWall = of(first, ({ wall }) => wall);
  const firstCpu = of(first, cpu);
  const topic: Record<string, readonly Taken[]> = {};
  report[id] = topic;
  const rate = bytes === null ? ["", ""] : [" MB/s |", " ---: |"];
  say(`| tool | s | least - most | to the first | CPU s | to the first | user s | system s | memory MB |${rate[0]}`);
  say(`| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |${rate[1]}`);
  for (const [{ name }, all] of took) {
    topic[name] = all;
    const wall = of(all, (taken) => taken.wall);
    const walls = all.map((taken) => taken.wall);
    const cells = [
      name,
      wall.toFixed(3),
      `${Math.min(...walls).toFixed(3)} - ${Math.max(...walls).toFixed(3)}`,
      (wall / firstWall).toFixed(2),
      of(all, cpu).toFixed(3),
      (of(all, cpu) / firstCpu).toFixed(2),
      of(all, ({ user }) => user).toFixed(3),
      of(all, ({ system }) => system).toFixed(3),
      (of(all, ({ memory }) => memory) / 1e6).toFixed(0),
      ...(bytes === null ? [] : [(bytes / wall / 1e6).toFixed(0)]),
    ];
    say(`| ${cells.join(" | ")} |`);
  }
}
