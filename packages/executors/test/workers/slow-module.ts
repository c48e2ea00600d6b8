/** A module that is loaded when the test opens its gate, the `gate` of its URL. */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const gate = new URL(import.meta.url).searchParams.get("gate") ?? "";
appendFileSync(join(gate, "arrived"), "loading\n");
while (!existsSync(join(gate, "open"))) await new Promise((resolve) => setTimeout(resolve, 1));

export function arrive(name: string): void {
  appendFileSync(join(gate, "arrived"), `${name}\n`);
}
