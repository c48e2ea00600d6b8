/** A module that can't be loaded. */
export function never(): void {}

throw new Error("this module is broken");
