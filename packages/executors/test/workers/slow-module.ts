/** A module that is loaded when the test opens its gate, the `gate` of its URL. */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const gate = new URL(import.meta.url).searchParams.get("gate") ?? "";
appendFileSync(join(gate, "arrived"), "loading\n");
while (!existsSync(join(gate, "open"))) await new Promise((resolve) => setTimeout(resolve, 1));
// What was sent to the worker before the gate was opened is here now, but may not have been read: the second turn has.
for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));

export function arrive(name: string): void {
  appendFileSync(join(gate, "arrived"), `${name}\n`);
}
