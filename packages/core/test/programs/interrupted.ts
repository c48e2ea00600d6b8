/** Presses Ctrl-C on itself in the ways named by the arguments, and prints what came of each. */
import { getRunningLoop, run, sleep } from "yieldfrom";
import { turn } from "../helpers.ts";

function press(): void {
  process.kill(process.pid, "SIGINT");
}

/** Presses when main waits. */
function pressSoon(): void {
  getRunningLoop().callLater(1, press);
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `value ${value}`,
    (error) => `${error.name} ${error.code}: ${error.message}`,
  );
}

/** They are taken back a turn after the last run. */
async function listenersLeft(): Promise<number> {
  await turn();
  return process.listenerCount("SIGINT");
}

/** Long enough for a signal to arrive, which it does in a turn of the host. */
const ages = 2000;

const ways: Record<string, () => Promise<unknown>> = {
  async once() {
    const main = run(function* () {
      pressSoon();
      try {
        yield* sleep(ages);
      } finally {
        yield* sleep(1);
        console.log("cleaned up");
      }
    });
    console.log(await outcome(main));
    console.log(`listeners ${await listenersLeft()}`);
  },

  async swallowed() {
    const main = run(function* () {
      pressSoon();
      try {
        yield* sleep(ages);
      } catch {}
      return "went on";
    });
    console.log(await outcome(main));
  },

  async "answered by another error"() {
    const main = run(function* () {
      pressSoon();
      try {
        yield* sleep(ages);
      } catch {
        throw new RangeError("could not save");
      }
    });
    console.log(await outcome(main));
  },

  async "several runs"() {
    const mains = [1, 2, 3].map(() =>
      run(function* () {
        yield* sleep(ages);
      }),
    );
    setTimeout(press, 1);
    for (const main of mains) console.log(await outcome(main));
    console.log(`listeners ${await listenersLeft()}`);
  },

  async "own handler"() {
    let heard = 0;
    const handler = () => {
      heard++;
    };
    process.on("SIGINT", handler);
    const main = run(function* () {
      pressSoon();
      while (heard === 0) yield* sleep(1);
      return "undisturbed";
    });
    console.log(await outcome(main));
    console.log(`heard ${heard}, listeners ${await listenersLeft()}`);
  },

  async "a handler of the loop's"() {
    const main = run(function* () {
      const loop = getRunningLoop();
      const heard = loop.createFuture<void>();
      loop.addSignalHandler("SIGINT", () => heard.setResult());
      pressSoon();
      yield* heard;
      loop.removeSignalHandler("SIGINT");
      console.log("shuts down");
      pressSoon();
      yield* sleep(ages);
    });
    console.log(await outcome(main));
    console.log(`listeners ${await listenersLeft()}`);
  },

  async "twice, while two runs refuse and never wait for the host"() {
    function* main() {
      for (;;) {
        try {
          for (;;) yield* sleep(0);
        } catch {
          console.log("refused");
          press();
        }
      }
    }
    const mains = Promise.all([run(main), run(main)]);
    setTimeout(press, 1);
    console.log(await outcome(mains));
  },

  async "between two runs"() {
    await run(() => sleep(1));
    press();
    // Deno hears of it some time later.
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log("survived");
  },
};

for (const way of process.argv.slice(2)) await ways[way]!();
