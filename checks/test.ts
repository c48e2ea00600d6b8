/**
 * `npm test`: the fast tests, in two parts. Those of core that touch nothing of the process share one, since starting one
 * for each of the fifty files takes longer than the tests; the others have a process a file. What takes seconds, such
 * as whole programs run in processes of their own, is in `*.slow.test.ts` and runs in `npm run check`.
 */
import { spawn } from "node:child_process";

const FAST = "!(*.slow).test.ts";
const reporter = ["--test-reporter=./checks/quiet-reporter.ts", "--test-timeout=60000"];

const parts = [
  [
    "--test-isolation=none",
    ...reporter,
    `packages/core/test/{combine,interop,introspect,loop,loops,order,parity,scope,sync,task,util}/**/${FAST}`,
  ],
  [
    ...reporter,
    `packages/core/test/${FAST}`,
    `packages/!(core)/test/**/${FAST}`,
    `examples/**/${FAST}`,
    `checks/test/${FAST}`,
    `bench/test/${FAST}`,
  ],
];

for (const args of parts) {
  const status = await new Promise<number | null>((resolve, reject) => {
    spawn(process.execPath, ["--test", ...args], { stdio: "inherit" })
      .on("close", resolve)
      .on("error", reject);
  });
  if (status !== 0) process.exitCode = 1;
}
