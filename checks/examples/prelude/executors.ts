/** As core.ts, for the docstrings of the executors. */
import { ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";

export const executor = new ThreadPoolExecutor({ maxWorkers: 2 });
export const files = workerModule<typeof import("./files/files.ts")>(new URL("./files/files.ts", import.meta.url));
export const names = ["cn", "cuw"];
