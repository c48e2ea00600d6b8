import { from, run } from "yieldfrom";
import type { Row } from "../row.ts";

const PROMISES = 100_000;
const RUNS = 5_000;

export const bridgeRows: readonly Row[] = [
  {
    name: "from(native promise)",
    operations: PROMISES,
    ours: () =>
      run(function* () {
        let sum = 0;
        for (let i = 0; i < PROMISES; i++) sum += yield* from(Promise.resolve(i));
        return sum;
      }),
    native: async () => {
      let sum = 0;
      for (let i = 0; i < PROMISES; i++) sum += await Promise.resolve(i);
      return sum;
    },
  },
  {
    name: "run() of nothing, beside a call of an async function",
    operations: RUNS,
    ours: async () => {
      let sum = 0;
      for (let i = 0; i < RUNS; i++) {
        sum += await run(function* () {
          return i;
        });
      }
      return sum;
    },
    native: async () => {
      let sum = 0;
      for (let i = 0; i < RUNS; i++) sum += await (async () => i)();
      return sum;
    },
  },
];
