/** Runs programs on both sides and says what came of it. */
import type { Case, Program } from "../program.ts";
import { judge, REPAIRS, type Verdict } from "./judge.ts";
import { type Outcome, type Runner, Side } from "./side.ts";

export interface Finding {
  program: Program;
  verdict: Verdict;
  expected: Outcome;
  got: Outcome;
}

export class Differ {
  readonly #cpython: Runner;
  readonly #yieldfrom: Runner;

  constructor(cpython: Runner, yieldfrom: Runner) {
    this.#cpython = cpython;
    this.#yieldfrom = yieldfrom;
  }

  async compare(programs: readonly Program[]): Promise<Finding[]> {
    const [expected, got] = await Promise.all([this.#cpython.run(programs), this.#yieldfrom.run(programs)]);
    const findings = programs.map((program, index) => {
      const [one, other] = [expected[index] ?? "gave no answer", got[index] ?? "gave no answer"];
      return { program, expected: one, got: other, verdict: judge(one, other) };
    });
    await this.#explain(findings.filter(({ verdict }) => verdict.kind === "different"));
    return findings;
  }

  /** Finds out which differences are meant: those that a repair of CPython makes go away. */
  async #explain(findings: Finding[]): Promise<void> {
    const names = Object.keys(REPAIRS);
    for (const repairs of [...names.map((name) => [name]), names]) {
      const open = findings.filter(({ verdict }) => verdict.kind === "different");
      if (open.length === 0) return;
      const repaired = await this.#cpython.run(
        open.map(({ program }) => program),
        repairs,
      );
      for (const [index, finding] of open.entries()) {
        const verdict = judge(repaired[index] ?? "gave no answer", finding.got);
        const about = repairs.map((name) => REPAIRS[name]).join("; ");
        if (verdict.kind === "same") finding.verdict = { kind: "deliberate", about };
        else if (verdict.kind === "skipped") finding.verdict = verdict;
      }
    }
  }
}

/** CPython is slow to start; no program on either side takes more than milliseconds, unless it never ends. */
export function bothSides() {
  const cpython = new Side(new URL("cpython-worker.ts", import.meta.url), { start: 120_000, program: 5_000 });
  const yieldfrom = new Side(new URL("yieldfrom-worker.ts", import.meta.url), { start: 30_000, program: 5_000 });
  return { cpython, yieldfrom, close: () => Promise.all([cpython.close(), yieldfrom.close()]) };
}

/** Answers with the traces on file: so CPython's side is held to what CPython gave elsewhere. */
export function recorded(cases: readonly Case[]): Runner {
  const traces = new Map(cases.map(({ program, trace }) => [program.id, trace]));
  return { run: async (programs) => programs.map(({ id }) => traces.get(id) ?? "is not on file") };
}
