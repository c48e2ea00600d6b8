/** Importing the package gives every loop its default executor. Source: asyncio `run_in_executor(None, …)`. */
import { setDefaultExecutorFactory } from "yieldfrom";
import { ThreadPoolExecutor } from "./thread-pool.ts";

setDefaultExecutorFactory(() => new ThreadPoolExecutor({ threadNamePrefix: "asyncio" }));
