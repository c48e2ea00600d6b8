/** Reads lines from stdin as far as "end", answers each, and ends, though stdin does not. */
import { run, sleep } from "yieldfrom";
import { stdinReader, stdoutWriter } from "../../src/index.ts";

await run(function* () {
  const stdin = stdinReader();
  const stdout = stdoutWriter();
  for (;;) {
    const line = String(yield* stdin.readLine()).trimEnd();
    if (line === "end" || line === "") break;
    stdout.write(`got ${line}\n`);
    yield* stdout.drain();
  }
  stdout.close();
  yield* stdout.waitClosed();
  yield* sleep(0);
  console.log("and console.log works");
});
