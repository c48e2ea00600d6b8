import { ProcessPoolExecutor } from "../src/index.ts";
import { executorContract } from "./executor-contract.ts";

executorContract("ProcessPoolExecutor", (options) => new ProcessPoolExecutor(options));
