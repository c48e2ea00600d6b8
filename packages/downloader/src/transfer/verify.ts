import type { ClientResponse } from "@yieldfrom/http";
import type { Coroutine } from "yieldfrom";
import { type Checksum, checksumsOf, compareChecksums, Hashing, parseChecksum } from "../files/checksums.ts";
import { promisedChecksum } from "../files/digest-fields.ts";
import type { PartFile } from "../files/part-file.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";

/**
 * What the file must come to, as the list says, else the checksums of the options, else the server; null: nobody says.
 * @throws DownloadError for a checksum of the options that is none
 */
export function wantedChecksum({ settings }: Engine, job: Job, response: ClientResponse): Checksum | null {
  if (job.checksum !== null) return job.checksum;
  const listed = settings.checksums?.get(job.name);
  if (listed !== undefined) return parseChecksum(listed);
  const reprDigest = response.getHeader("repr-digest");
  const contentDigest = response.getHeader("content-digest");
  if (reprDigest === null && contentDigest === null) return null;
  const { status } = response;
  const contentEncoding = settings.compressed ? response.getHeader("content-encoding") : null; // What is saved is as sent.
  return promisedChecksum({ status, contentEncoding, contentDigest, reprDigest });
}

/** @throws ChecksumError if a body that is there does not come to what it should */
export function verifyBytes(name: string, chunks: readonly Uint8Array[], wanted: Checksum | null): void {
  if (wanted !== null) compareChecksums(name, [wanted], checksumsOf(chunks, [wanted.algorithm]));
}

/**
 * Compares what was computed of a part as it came, or if that was not done what is read of it now.
 * @throws ChecksumError
 */
export function* verifyPart(
  part: PartFile,
  size: number,
  wanted: Checksum | null,
  computed: Hashing | null,
): Coroutine<void> {
  if (wanted === null) return;
  const hashing = computed ?? new Hashing([wanted.algorithm]);
  if (computed === null) yield* part.hash(hashing, size);
  compareChecksums(part.name, [wanted], hashing.end());
}
