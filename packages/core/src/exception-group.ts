import { errorText, framesOf, headerOf, valueText } from "./error-text.ts";

/** A class of errors, as the condition of `split`; abstract ones and those with any constructor included. */
export type ErrorClass<E = unknown> = abstract new (...args: never[]) => E;

/** What the members of a group are picked by: a class, any of several classes, or a function. */
export type ErrorCondition = ErrorClass | readonly ErrorClass[] | ((error: unknown) => boolean);

/**
 * Several errors at once, as a TaskGroup throws them. Source: Python's `BaseExceptionGroup` (PEP 654).
 *
 * `errors` are the members; a member may be a group itself. `message` has their number appended, as Python prints it.
 *
 * ```ts
 * try {
 *   yield* taskGroup(function* (group) {
 *     for (const url of urls) group.createTask(fetchPage(url));
 *   });
 * } catch (error) {
 *   if (!(error instanceof ExceptionGroup)) throw error;
 *   const [late, others] = error.split(TimeoutError);
 *   if (late !== null) console.log(late.errors.length, "are too slow");
 *   if (others !== null) throw others;
 * }
 * ```
 */
export class ExceptionGroup<E = unknown> extends AggregateError {
  override readonly name: string = "ExceptionGroup";
  readonly code: string = "ERR_EXCEPTION_GROUP";
  declare errors: (E | ExceptionGroup<E>)[];

  /** @throws RangeError if there is no error in `errors` */
  constructor(message: string, errors: Iterable<E | ExceptionGroup<E>>, options?: ErrorOptions) {
    super(errors, message, options);
    if (this.errors.length === 0)
      throw new RangeError("Expected `errors` of an ExceptionGroup to hold an error, got none");
    const several = this.errors.length === 1 ? "1 sub-exception" : `${this.errors.length} sub-exceptions`;
    this.message = `${message} (${several})`;
  }

  /** The message it was made with, without the number of members. Source: Python's `ExceptionGroup.message`. */
  get summary(): string {
    return this.message.replace(/ \(\d+ sub-exceptions?\)$/, "");
  }

  /**
   * A group of the members that meet `condition`, and one of the others; `null` for a part without members. The condition
   * is asked of this group first, and what meets it is taken whole, this group included; else of each member, and so on
   * through nested groups, whose structure is kept. Parts are made by `derive`, and get the stack and the cause of the
   * group they are of. Source: `BaseExceptionGroup.split`.
   * @throws TypeError if `condition` is neither a class, nor an array of classes, nor a function
   */
  split<M>(
    condition: (error: unknown) => error is M,
  ): [match: ExceptionGroup<M> | null, rest: ExceptionGroup<E> | null];
  split(condition: (error: unknown) => boolean): [match: ExceptionGroup<E> | null, rest: ExceptionGroup<E> | null];
  split<C extends ErrorClass>(
    condition: C | readonly C[],
  ): [match: ExceptionGroup<InstanceType<C>> | null, rest: ExceptionGroup<E> | null];
  split(condition: ErrorCondition): [match: ExceptionGroup | null, rest: ExceptionGroup | null] {
    const [match, rest]: [ExceptionGroup[], ExceptionGroup[]] = [[], []];
    partition(this, predicateOf(condition), [], match, rest);
    return [match[0] ?? null, rest[0] ?? null];
  }

  /** As `split`, the first part alone. Source: `BaseExceptionGroup.subgroup`. */
  subgroup<M>(condition: (error: unknown) => error is M): ExceptionGroup<M> | null;
  subgroup(condition: (error: unknown) => boolean): ExceptionGroup<E> | null;
  subgroup<C extends ErrorClass>(condition: C | readonly C[]): ExceptionGroup<InstanceType<C>> | null;
  subgroup(condition: ErrorCondition): ExceptionGroup | null {
    return this.split(condition as ErrorClass)[0];
  }

  /**
   * A group like this one with other members. A subclass that is to survive `split` overrides it to make one of its own
   * kind, with `this.summary` for the message. Source: `BaseExceptionGroup.derive`.
   */
  derive<M>(errors: Iterable<M | ExceptionGroup<M>>): ExceptionGroup<M> {
    return new ExceptionGroup<M>(this.summary, errors);
  }

  /**
   * The whole group as text of many lines: members with their stacks, causes and nested groups, up to 15 members a group and
   * 10 levels. It is also what `console.log` shows on Node.
   */
  format(): string {
    return errorText(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](depth: number): string {
    // Node asks below its own limit too, where it wants a word only.
    return depth < 0 ? `[${this.name}]` : this.format();
  }
}

/**
 * Puts `error`, or the parts of it, into `match` and `rest`. `above`: the groups that it is in; one that is in itself is
 * taken as it is, or this would never end.
 */
function partition(
  error: unknown,
  matches: (error: unknown) => boolean,
  above: readonly unknown[],
  match: unknown[],
  rest: unknown[],
): void {
  if (matches(error)) {
    match.push(error);
    return;
  }
  if (!(error instanceof ExceptionGroup) || above.includes(error)) {
    rest.push(error);
    return;
  }
  const [inMatch, inRest]: [unknown[], unknown[]] = [[], []];
  const inside = [...above, error];
  for (const member of error.errors) partition(member, matches, inside, inMatch, inRest);
  if (inMatch.length > 0) match.push(partOf(error, inMatch));
  if (inRest.length > 0) rest.push(partOf(error, inRest));
}

function partOf(group: ExceptionGroup, errors: readonly unknown[]): ExceptionGroup {
  const part: unknown = group.derive(errors);
  if (!(part instanceof ExceptionGroup)) {
    throw new TypeError(`Expected derive() of ${headerOf(group)} to return an ExceptionGroup, got ${String(part)}`);
  }
  const stack = [headerOf(part), framesOf(group)].filter((text) => text !== "").join("\n");
  define(part, "stack", stack);
  if ("cause" in group) define(part, "cause", group.cause);
  return part;
}

/** As the engine makes these properties: writable, and not listed. */
function define(error: Error, key: "stack" | "cause", value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

function predicateOf(condition: ErrorCondition): (error: unknown) => boolean {
  if (Array.isArray(condition)) {
    const classes: readonly unknown[] = condition;
    if (!classes.every(isClass)) refuse(classes.find((one) => !isClass(one)));
    return (error) => classes.some((one) => error instanceof (one as ErrorClass));
  }
  if (isClass(condition)) return (error) => error instanceof condition;
  if (typeof condition !== "function") refuse(condition);
  return condition as (error: unknown) => boolean;
}

/** Whether it was written as a class, or inherits from Error in the old way; a plain function is a predicate. */
function isClass(value: unknown): value is ErrorClass {
  if (typeof value !== "function") return false;
  const prototype = Object.getOwnPropertyDescriptor(value, "prototype");
  return prototype !== undefined && (prototype.writable === false || prototype.value instanceof Error);
}

function refuse(condition: unknown): never {
  throw new TypeError(
    `Expected \`condition\` to be an error class, an array of error classes or a function (error) => boolean, got ${valueText(condition)}`,
  );
}
