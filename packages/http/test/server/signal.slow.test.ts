/** How a server's process ends: SIGTERM and Ctrl-C, with a request under way. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./signal-server.ts", import.meta.url));

for (const [signal, path, ending, answer] of [
  ["SIGTERM", "slow", "handler ended\nmain goes on\n", "200 answered"],
  ["SIGTERM", "endless", "handler ended\nmain goes on\n", "503 503 Service Unavailable\n"],
  ["SIGINT", "slow", "handler ended\nKeyboardInterrupt\n", "200 answered"],
  ["SIGINT", "endless", "handler ended\nKeyboardInterrupt\n", "503 503 Service Unavailable\n"],
] as const) {
  test(`${signal} with /${path} under way: the process ends by itself, with a clean exit`, async () => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let printed = "";
    child.stdout.on("data", (text) => {
      printed += text;
    });
    const prints = async (what: RegExp) => {
      while (!what.test(printed)) await once(child.stdout, "data");
      return what.exec(printed)?.[0] ?? "";
    };
    const url = await prints(/http:.*\/\n/);
    const page = fetch(url.trim() + path).then(async (response) => `${response.status} ${await response.text()}`);
    await prints(/began/);
    child.kill(signal);
    assert.equal(await page, answer);
    assert.deepEqual(await exited, [0, null]);
    assert.equal(printed, `${url}began /${path}\n${ending}`);
  });
}
