const CUSTOM = Symbol.for("nodejs.util.inspect.custom");

/** In browsers `inspect` asks an object how it wants to be shown, as Node's does, and that is all it can. */
export function inspect(value: unknown): string {
  if (typeof value !== "object" || value === null) throw new Error("this shim of inspect is for objects");
  const own = (value as { [CUSTOM]?: () => string })[CUSTOM];
  if (own !== undefined) return own.call(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error("this shim knows plain objects and the hook");
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${inspect(each)}`)
    .join(", ")} }`;
}
