/** Whether two types are the same, and not merely assignable to each other (`any` is the same as `any` only). */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles if the type given is `true`, as in `expect<Equal<typeof x, number>>()`. Nothing here is ever run. */
export function expect<_Holds extends true>(): void {}
