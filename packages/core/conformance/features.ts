/** Which parts of asyncio a program needs that the library does not have yet. */
import { Queue, VirtualEventLoop } from "../src/index.ts";
import { has } from "./later.ts";

/** What a need is called, whether the library has it, and the tags in `program.features` that call for it. */
const needs: readonly { need: string; met: boolean; tags: readonly string[] }[] = [
  { need: "Condition", met: has("Condition"), tags: ["condition"] },
  { need: "Barrier", met: has("Barrier"), tags: ["barrier"] },
  { need: "LifoQueue", met: has("LifoQueue"), tags: ["lifo_queue"] },
  { need: "PriorityQueue", met: has("PriorityQueue"), tags: ["priority_queue"] },
  { need: "Queue.shutdown", met: "shutdown" in Queue.prototype, tags: ["shutdown"] },
  { need: "ContextVar", met: has("ContextVar"), tags: ["contextvar"] },
  { need: "copyContext", met: has("copyContext"), tags: ["copy_context", "explicit-context"] },
  { need: "eager tasks", met: has("eagerTaskFactory"), tags: ["eager", "task_factory:eager", "set_task_factory"] },
  {
    need: "setTaskFactory",
    met: "setTaskFactory" in VirtualEventLoop.prototype,
    tags: ["set_task_factory", "task_factory:eager", "task_factory:logging"],
  },
];

/** The names of what is missing for a program with these features; none if it can be run. */
export function missing(features: readonly string[]): string[] {
  return needs.filter(({ met, tags }) => !met && tags.some((tag) => features.includes(tag))).map(({ need }) => need);
}
