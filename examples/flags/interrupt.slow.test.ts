import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ALL_CODES, countryName } from "./countries.ts";
import { codeOfFile } from "./file-name.ts";
import { MODES, type Mode } from "./modes.ts";
import { original } from "./server/test-client.ts";
import { assertHolds, emptyFolder, start } from "./test-program.ts";

const QUICK = ["FR", "JP"];
const NEVER = ["MX", "CD", "US"];

/** A server that answers for the quick flags at once, and for the others never. */
async function serveSome(t: TestContext) {
  let held = 0;
  const server = createServer(async (request, response) => {
    const code = /^\/flags\/(..)\//.exec(request.url ?? "")?.[1]?.toUpperCase() ?? "";
    if (!QUICK.includes(code)) held++;
    else if (request.url?.endsWith(".svg")) response.end(await original(code));
    else response.setHeader("Content-Type", "application/json").end(JSON.stringify({ country: countryName(code) }));
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/flags`, held: () => held };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}

async function isSaved(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return QUICK.every((code) => names.map(codeOfFile).includes(code));
}

/** Starts a download, ends it by the signal when the quick flags are saved and others are asked for. */
async function interrupt(t: TestContext, signal: NodeJS.Signals, mode: Mode) {
  const server = await serveSome(t);
  const folder = join(await emptyFolder(t), "flags");
  const program = start(t, "--mode", mode, "--server", server.url, "--output", folder, ...QUICK, ...NEVER);
  await until(async () => server.held() > 0 && (await isSaved(folder)));
  program.kill(signal);
  const { stdout, stderr, code } = await program.ended;
  await assertHolds(folder, QUICK, mode);
  return { stdout, stderr, code, saved: `Interrupted: 2 of 5 flags are saved in ${folder}\n` };
}

describe("Ctrl-C keeps what is saved, cancels the rest and says so", { concurrency: 2 }, () => {
  for (const mode of Object.keys(MODES) as Mode[]) {
    test(mode, async (t) => {
      const { stdout, stderr, code, saved } = await interrupt(t, "SIGINT", mode);
      assert.deepEqual({ stdout, stderr, code }, { stdout: saved, stderr: "", code: 130 });
    });
  }
});

test("SIGTERM is treated alike", async (t) => {
  const { stdout, stderr, code, saved } = await interrupt(t, "SIGTERM", "executor");
  assert.deepEqual({ stdout, stderr, code }, { stdout: saved, stderr: "", code: 143 });
});

test("while every file is being saved, none is left in part", async (t) => {
  const folder = await emptyFolder(t);
  const program = start(t, "--every", "-m", "50", "--output", folder);
  await until(async () => (await readdir(folder)).length > 0);
  program.kill("SIGINT");
  const { stdout, code } = await program.ended;
  const names = await readdir(folder);
  // The whole of it takes but a moment, so it may be over before the signal comes.
  if (code === 130)
    assert.equal(stdout, `Interrupted: ${names.length} of ${ALL_CODES.length} flags are saved in ${folder}\n`);
  else assert.equal(code, 0);
  await assertHolds(
    folder,
    names.map((name) => name.replace(".svg", "")),
  );
});
