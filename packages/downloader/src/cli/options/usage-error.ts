/** The command was not called as it is to be: exit code 2. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
