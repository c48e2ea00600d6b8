/** An error of `toAsyncIterable` that nobody takes: the host is told. */
import { type Coroutine, from, run, toAsyncIterable } from "yieldfrom";

function* failing(): Coroutine<void> {
  throw new Error("broken");
}

process.on("unhandledRejection", (error) => console.log(`unhandled ${error}`));
await run(function* () {
  void toAsyncIterable([failing()]).next();
  yield* from(new Promise((resolve) => setTimeout(resolve, 1)));
});
