import assert from "node:assert/strict";
import { test } from "node:test";
import { Differ } from "../../conformance/fuzz/differ.ts";
import { everyOp, features } from "../../conformance/fuzz/features.ts";
import { EVERY_OP, generate } from "../../conformance/fuzz/generate.ts";
import { shrink } from "../../conformance/fuzz/shrink.ts";
import type { Outcome, Runner } from "../../conformance/fuzz/side.ts";
import { problemOf } from "../../conformance/fuzz/well-formed.ts";
import { runProgram } from "../../conformance/interpreter.ts";
import type { Block, Program } from "../../conformance/program.ts";

const programs = Array.from({ length: 2000 }, (_, seed) => generate(seed));

function program(main: Block, more: Partial<Program> = {}): Program {
  return { id: "p", features: [], objects: [], coroutines: {}, main, finish: "stop", ...more };
}

test("a seed always gives the same program, another seed another one", () => {
  assert.deepEqual(generate(7), programs[7]);
  const texts = programs.map(({ id: _, ...rest }) => JSON.stringify(rest));
  assert.equal(new Set(texts).size, texts.length);
});

test("every op, kind of object, option and feature is reached", () => {
  const ops = programs.flatMap((each) => [...everyOp(each)]);
  assert.deepEqual(
    EVERY_OP.filter((name) => !ops.some(({ op }) => op === name)),
    [],
  );
  const options = new Set(ops.flatMap((op) => Object.keys(op).map((key) => `${op.op}.${key}`)));
  const wanted = `spawn.eager spawn.ctx tg_spawn.eager cancel.msg set_result.v set_exception.msg add_done_callback.ctx
    sleep.v gather.re gather.into wait.when wait.timeout as_completed.timeout as_completed.mode as_completed.limit
    wait_for.x wait_for.coro shield.x shield.coro shield.into call_soon.ctx call_soon.h call_later.h call_at.h
    notify.count shutdown.immediate incr.by cv_set.token return.v raise.msg if.else try.except try.else try.finally
    timeout.d timeout.at await.safe`.split(/\s+/);
  assert.deepEqual(
    wanted.filter((option) => !options.has(option)),
    [],
  );
  const kinds = new Set(programs.flatMap(({ objects }) => objects.map(({ kind }) => kind)));
  assert.equal(kinds.size, 12);
  const tags = new Set(programs.flatMap((each) => each.features));
  const features = "eager task_factory:eager task_factory:logging finish:cancel as_completed:async timeout_at";
  assert.deepEqual(
    `${features} explicit-context`.split(" ").filter((tag) => !tags.has(tag)),
    [],
  );
});

test("what is generated is well-formed, and can be run", () => {
  for (const each of programs) assert.equal(problemOf(each), null, each.id);
  for (const each of programs.slice(0, 100)) assert.match(runProgram(each)[0] ?? "", /^0 /);
});

test("a program that is not well-formed is told", () => {
  const problems = [
    program([{ op: "spawn", name: "t1", coro: "a1" }]),
    program([{ op: "acquire", x: "l1" }]),
    program([{ op: "try", body: [], finally: [{ op: "return" }] }]),
    program([{ op: "break" }]),
    program([], { callbacks: { b1: [{ op: "yield" }] } }),
    program([{ op: "repeat", n: 2, body: [{ op: "break" }] }]),
  ].map(problemOf);
  assert.deepEqual(problems, [
    "names a1, which is not there",
    "names l1, which is not there",
    "has a return where there is nothing to leave",
    "has a break where there is nothing to leave",
    "has a callback that is to yield",
    null,
  ]);
});

test("a program is shrunk to what makes it interesting", async () => {
  const interesting = (each: Program) => {
    const ops = [...everyOp(each)];
    return ops.some(({ op }) => op === "gather") && ops.some(({ op }) => op === "cancel");
  };
  const found = programs.find((each) => interesting(each) && each.finish === "cancel" && each.objects.length > 1);
  const small = await shrink(found as Program, async (candidates) => {
    for (const candidate of candidates) assert.equal(problemOf(candidate), null);
    return candidates.map(interesting);
  });
  const ops = [...everyOp(small)];
  assert.deepEqual(ops.map(({ op }) => op).sort(), ["cancel", "gather"]);
  assert.deepEqual(
    ops.find(({ op }) => op === "gather"),
    { op: "gather", of: [] },
  );
  assert.deepEqual([small.objects, small.finish, small.task_factory], [[], "stop", undefined]);
  assert.deepEqual(small.features, features(small));
});

test("a program that nothing can be taken from stays as it is", async () => {
  const whole = program([{ op: "yield" }]);
  assert.deepEqual((await shrink(whole, async (candidates) => candidates.map(() => false))).main, whole.main);
});

test("outcomes are told apart: same, different, deliberate, skipped", async () => {
  const answers = (outcomes: Record<string, Outcome>): Runner => ({
    run: async (asked, repairs = []) => asked.map(({ id }) => outcomes[[id, ...repairs].join(" ")] ?? ["0 main x"]),
  });
  const cpython = answers({
    other: ["0 main y"],
    "other self-await": ["0 main y"],
    "other gather-message": ["0 main y"],
    "other eager-context": ["0 main y"],
    "other gather-message eager-context self-await": ["0 main y"],
    meant: ["0 main y"],
    circle: ["0 main cancel t1 ! RecursionError"],
    broken: "broke down: RangeError: Maximum call stack size exceeded",
    endless: ["0 main x", "stopped after 20000 lines"],
    hung: ["0 main x"],
  });
  const yieldfrom = answers({ hung: "still running after 5000 ms" });
  const ids = ["alike", "other", "meant", "circle", "broken", "endless", "hung"];
  const findings = await new Differ(cpython, yieldfrom).compare(ids.map((id) => program([], { id })));
  assert.deepEqual(
    findings.map(({ verdict }) => verdict.kind),
    ["same", "different", "deliberate", "skipped", "skipped", "skipped", "different"],
  );
});
