import { RuntimeError } from "yieldfrom";
import type { BufferedProtocol } from "./protocols.ts";

/**
 * Puts a chunk into the buffers that the protocol gives, as long as it wants to be given more.
 * @returns what is left
 * @throws RuntimeError for an empty buffer; what the protocol throws
 */
export function putInto(protocol: BufferedProtocol, chunk: Buffer, isWanted: () => boolean): Buffer {
  let rest = chunk;
  while (rest.length > 0 && isWanted()) {
    const buffer = protocol.getBuffer(rest.length);
    if (buffer.length === 0) throw new RuntimeError("getBuffer() gave an empty buffer: nothing can be put there");
    const bytes = rest.copy(buffer);
    rest = rest.subarray(bytes);
    protocol.bufferUpdated(bytes);
  }
  return rest;
}
