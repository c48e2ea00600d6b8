/** Other people's servers, as processes of the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A server that runs; disposing of it ends it and waits until it is gone. */
export interface PeerProcess extends AsyncDisposable {
  /** What `ready` matched. */
  readonly match: RegExpExecArray;
}

/** Starts a program. Resolves when what it prints matches `ready`; rejects with all that it printed if it ends before. */
export async function startPeer(path: string, args: readonly string[], ready: RegExp): Promise<PeerProcess> {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"] });
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    let printed = "";
    const listen = (chunk: Buffer) => {
      printed += chunk;
      const found = ready.exec(printed);
      if (found !== null) resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${path} ended with ${code} and said: ${printed}`)));
  });
  return { match, [Symbol.asyncDispose]: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
