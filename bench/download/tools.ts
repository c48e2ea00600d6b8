/** The programs that download, each with the options that make it fastest at the same work. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../checks/bundle.ts";
import { programs } from "./programs.ts";

/** Files to be had at once. */
export const WIDTH = 20;

/** What is to be downloaded: `LIST` has the URLs, one a line. */
export interface Job {
  readonly sizes: "small" | "large";
  readonly list: string;
  readonly urls: readonly string[];
  /** Where the files go. */
  readonly folder: string;
}

export interface Tool {
  readonly name: string;
  readonly command: (job: Job) => readonly string[];
  /** What it is not asked for. */
  readonly except?: Job["sizes"];
}

export interface Tools {
  /** In the order in which they take turns; the others are compared with the first. */
  readonly tools: readonly Tool[];
  /** What can't be measured, for the report. */
  readonly missing: readonly string[];
}

const scripts = fileURLToPath(new URL("scripts", import.meta.url));
const built = fileURLToPath(new URL("../dist", import.meta.url));
const command = fileURLToPath(new URL("../../packages/downloader/dist/cli.js", import.meta.url));
const { execPath: node } = process;

/** @param python one that has aiohttp and uvloop, if there is one */
export async function findTools(python: string | null): Promise<Tools> {
  const entries = ["dispatcher", "session"].map((name) => [name, join(scripts, `${name}.ts`)] as const);
  const hooks = fileURLToPath(new URL("../io/built.ts", import.meta.url));
  await bundle({ ...Object.fromEntries(entries), built: hooks }, built);

  const tools: Tool[] = [];
  const missing: string[] = [];
  const installed = programs(["curl", "wget2", "aria2c"]);
  for (const [name, commandOf] of Object.entries(PROGRAMS)) {
    if (installed.has(name)) tools.push({ name: name === "curl" ? "curl --parallel" : name, command: commandOf });
    else missing.push(`there is no ${name}`);
  }
  if (python === null)
    missing.push("no python3 has aiohttp and uvloop (apt-get install -y python3-aiohttp python3-uvloop)");
  else for (const loop of ["uvloop", "asyncio"] as const) tools.push(...aiohttp(python, loop));
  tools.push({
    name: "undici, its dispatcher",
    command: ({ list, folder }) => [node, join(built, "dispatcher.js"), list, folder],
    except: "large",
  });
  tools.push({
    name: "ClientSession",
    command: ({ sizes, list, folder }) => [
      node,
      "--import",
      join(built, "built.js"),
      join(built, "session.js"),
      sizes,
      list,
      folder,
    ],
  });
  if (existsSync(command)) {
    tools.push({
      name: "download-many",
      command: ({ list, folder }) => [node, command, "-q", "-i", list, "-d", folder],
    });
  } else {
    missing.push("there is no built command: npm run build");
  }
  return { tools, missing };
}

const PROGRAMS: Readonly<Record<string, Tool["command"]>> = {
  curl: ({ list, urls, folder }) => {
    const config = `${list}.curl`;
    writeFileSync(config, urls.map((url) => `url = "${url}"\noutput = "${folder}/${baseOf(url)}"\n`).join(""));
    return ["curl", "-s", "-f", "--parallel", "--parallel-immediate", "--parallel-max", String(WIDTH), "-K", config];
  },
  wget2: ({ list, folder }) => ["wget2", "-q", `--max-threads=${WIDTH}`, "-i", list, "-P", folder],
  aria2c: ({ list, folder }) => [
    "aria2c",
    "-q",
    `-j${WIDTH}`,
    "--file-allocation=none",
    "--console-log-level=error",
    "-i",
    list,
    "-d",
    folder,
  ],
};

function aiohttp(python: string, loop: "uvloop" | "asyncio"): Tool[] {
  const script = join(scripts, "aiohttp_get.py");
  const name = loop === "uvloop" ? "aiohttp on uvloop" : "aiohttp";
  const commandFor = (save: string) => (job: Job) => [python, script, loop, save, job.list, job.folder];
  return [
    { name, command: (job) => commandFor(job.sizes)(job) },
    { name: `${name}, writes in the executor`, command: commandFor("small-executor"), except: "large" },
  ];
}

function baseOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}
