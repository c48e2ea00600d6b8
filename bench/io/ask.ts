/** The other end of `../child.ts`: answers each line of the standard input, and ends the process when there are no more. */
import { createInterface } from "node:readline";

export function answerQuestions<Q>(answer: (question: Q) => unknown): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const said = await answer(JSON.parse(line) as Q);
    process.stdout.write(`${JSON.stringify(said)}\n`);
  });
  lines.on("close", () => process.exit());
}

/** For servers: tells the port, and then, when asked, the microseconds of CPU time that the process has used. */
export function serverIsReady(port: number): void {
  process.stdout.write(`${JSON.stringify({ port })}\n`);
  answerQuestions(() => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system };
  });
}
