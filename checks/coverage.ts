/**
 * Runs every test once with the engine's coverage, which must not fall below the floor: lines that no test runs are
 * lines nobody has seen work.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const FLOOR = { lines: 95, branches: 90, functions: 95 };

const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--experimental-test-coverage",
    "--test-timeout=120000",
    // Node leaves one processor idle, which on two of them is the half.
    `--test-concurrency=${availableParallelism()}`,
    "--test-coverage-include=packages/*/src/**",
    `--test-coverage-lines=${FLOOR.lines}`,
    `--test-coverage-branches=${FLOOR.branches}`,
    `--test-coverage-functions=${FLOOR.functions}`,
    "--test-reporter=./checks/quiet-reporter.ts",
    "--test-reporter-destination=stdout",
    "packages/*/test/**/*.test.ts",
    "examples/**/*.test.ts",
    "checks/test/*.test.ts",
    "bench/test/*.test.ts",
  ],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
