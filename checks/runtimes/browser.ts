/** Chromium: a server for the suite, and a page that runs it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { GUEST } from "./build.ts";
import { end, start } from "./child.ts";
import type { Job } from "./guest/report.ts";
import type { Ledger } from "./ledger.ts";
import { SILENCE } from "./limits.ts";
import { STAND_INS } from "./suite.ts";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The command that starts it. @throws with what to install where there is none */
export function chromium(): { readonly command: string; readonly version: string } {
  const { CHROMIUM } = process.env;
  for (const command of CHROMIUM ? [CHROMIUM] : ["chromium", "chromium-browser", "google-chrome"]) {
    const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8", timeout: 30_000 });
    const version = /\d+(\.\d+)+/.exec(stdout ?? "")?.[0];
    if (status === 0 && version !== undefined) return { command, version };
  }
  const what = CHROMIUM ? `CHROMIUM=${CHROMIUM} is no Chromium` : "no Chromium on the PATH";
  throw new Error(`${what}: install it by \`apt-get install -y chromium\`, or say CHROMIUM=PATH where it is`);
}

/** Runs the job in a page; gives what went wrong beside the tests. `root` is the checkout, `folder` the built suite. */
export async function runInPage(
  command: string,
  root: string,
  folder: string,
  job: Job,
  ledger: Ledger,
): Promise<string[]> {
  let finished = () => {};
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const server = createServer((request, response) => {
    serve(request, response, root, folder, job, (line) => {
      ledger.hear(line);
      if (ledger.done > 0) finished();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const home = join(folder, "home");
  mkdirSync(home);
  const child = start(command, [...FLAGS, `--user-data-dir=${join(home, "data")}`, `http://127.0.0.1:${port}/`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, TMPDIR: home },
  });
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  const closed = new Promise<string>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      resolve(`${command} ended with ${signal ?? `code ${code}`} ${ledger.underWay}\n${printed}`.trim());
    });
  });
  let watch: NodeJS.Timeout | undefined;
  const silent = new Promise<string>((resolve) => {
    ledger.heard = performance.now();
    watch = setInterval(() => {
      if (performance.now() - ledger.heard > SILENCE) {
        resolve(`ended after ${SILENCE / 1000} s of silence ${ledger.underWay}`);
      }
    }, 200);
  });
  try {
    const problem = await Promise.race([done, closed, silent]);
    return problem === undefined ? [] : [problem];
  } finally {
    clearInterval(watch);
    end(child);
    await closed;
    server.closeAllConnections();
    server.close();
  }
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  folder: string,
  job: Job,
  hear: (line: string) => void,
): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const answer = (type: string, body: string | Buffer) => response.setHeader("content-type", type).end(body);
  if (pathname === "/") return void answer("text/html", PAGE);
  if (pathname === "/job") return void answer("application/json", JSON.stringify(job));
  if (pathname === "/report") {
    let line = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      line += text;
    });
    request.on("end", () => {
      hear(line);
      response.end();
    });
    return;
  }
  const path = normalize(decodeURIComponent(pathname));
  try {
    const file = join(path.startsWith("/node_modules/@jspm/") ? root : folder, path);
    answer(/\.[jt]s$/.test(path) ? "text/javascript" : "text/plain", readFileSync(file));
  } catch {
    response.writeHead(404).end();
  }
}

const imports = {
  yieldfrom: "/packages/core/src/index.ts",
  ...Object.fromEntries(Object.entries(STAND_INS).map(([name, { path }]) => [name, path])),
};

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>yieldfrom's tests</title>
<script>
  // Until page.ts can report for itself.
  function broken(error) {
    for (const report of [
      { kind: "end", file: "(the page)", test: "(loading it)", outcome: "failed", why: String(error.message ?? error.target?.src) },
      { kind: "done" },
    ]) {
      const request = new XMLHttpRequest();
      request.open("POST", "/report", false);
      request.send(JSON.stringify(report));
    }
  }
  addEventListener("error", broken, true);
</script>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="/${GUEST}/page.ts"></script>
`;
