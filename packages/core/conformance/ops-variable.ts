/** Counters and context variables. */
import { copyContext } from "../src/index.ts";
import type { Operations } from "./operation.ts";
import type { VariableOps } from "./program.ts";

export const variableOps: Operations<VariableOps> = {
  incr: {
    text: (op) => `incr ${op.x}`,
    run(world, op) {
      const value = world.counters.get(op.x) + (op.by ?? 1);
      world.counters.set(op.x, value);
      return value;
    },
  },
  read: {
    text: (op) => `read ${op.x}`,
    run: (world, op) => world.counters.get(op.x),
  },
  cv_set: {
    text: (op) => `cv_set ${op.x} ${op.v}`,
    run(world, op) {
      const variable = world.variables.get(op.x);
      const token = variable.set(op.v);
      if (op.token !== undefined) world.tokens.set(op.token, { variable, token });
    },
  },
  cv_get: {
    text: (op) => `cv_get ${op.x}`,
    run: (world, op) => world.variables.get(op.x).get(),
  },
  cv_reset: {
    text: (op) => `cv_reset ${op.token}`,
    run(world, op) {
      const { variable, token } = world.tokens.get(op.token);
      variable.reset(token);
    },
  },
  copy_context: {
    text: (op) => `copy_context ${op.ctx}`,
    run: (world, op) => world.contexts.set(op.ctx, copyContext()),
  },
};
