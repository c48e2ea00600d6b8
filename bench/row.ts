/** One thing that can be done with yieldfrom and with native async/await, the same amount of work in both. */
export interface Row {
  readonly name: string;
  /** How many operations one round does; its time is divided by this. */
  readonly operations: number;
  /** Both return a number that proves the work was done, and the two must agree. */
  readonly ours: () => Promise<number>;
  readonly native: () => Promise<number>;
}
