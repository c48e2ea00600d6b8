/** nginx, as it is by default but for what it writes and where, and a server that thinks before it answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "../child.ts";

/** Serves the files of a folder until it is disposed of. */
export interface FileServer extends AsyncDisposable {
  readonly origin: string;
}

/** @param folder for its own files */
export async function startNginx(root: string, folder: string): Promise<FileServer> {
  mkdirSync(folder);
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder}/${of};`).join(" ")}
  server { listen 127.0.0.1:${port} backlog=4096; root ${root}; }
}
`,
  );
  const nginx = spawn("nginx", ["-c", config, "-p", folder], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  nginx.stderr!.on("data", (data) => {
    errors += data;
  });
  const failed = once(nginx, "exit").then(() => {
    throw new Error(`nginx ended: ${errors.trim()}`);
  });
  failed.catch(() => {}); // It ends when it is told to.
  await Promise.race([listening(port), failed]);
  return { origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => stop(nginx) };
}

/** Answers `ms` milliseconds after it was asked. */
export async function startSlowServer(root: string, ms: number): Promise<FileServer> {
  const child = new Child(process.execPath, [
    fileURLToPath(new URL("slow-server.ts", import.meta.url)),
    root,
    String(ms),
  ]);
  const { port } = await child.next<{ port: number }>();
  return { origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, "exit");
  server.kill();
  await ended;
}
