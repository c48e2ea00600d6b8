import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  OSError,
  type OSErrorFacts,
} from "./errors.ts";

/** Classes of Python's, by the system's code. */
const CLASSES: Readonly<Record<string, new (message: string, facts: OSErrorFacts) => OSError>> = {
  EPIPE: BrokenPipeError,
  ECONNABORTED: ConnectionAbortedError,
  ECONNREFUSED: ConnectionRefusedError,
  ECONNRESET: ConnectionResetError,
};

/** An error of Node's as what Python would raise, if it is the system's; else as it is. */
export function osErrorOf(error: Error): Error {
  const facts = error as Error & OSErrorFacts;
  if (error instanceof OSError || facts.syscall === undefined || facts.code === undefined) return error;
  const { code, errno, syscall, address, port } = facts;
  const Class = CLASSES[code] ?? OSError;
  return new Class(error.message, { code, errno, syscall, address, port, cause: error });
}
