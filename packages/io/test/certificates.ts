/** Certificates for tests, signed by nobody but themselves. */
import { generate } from "selfsigned";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** For a host name; `days` may lie in the past. */
export async function certificateFor(name: string, validity: { from?: Date; to?: Date } = {}): Promise<Certificate> {
  const pems = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    ...(validity.from === undefined ? {} : { notBeforeDate: validity.from }),
    ...(validity.to === undefined ? {} : { notAfterDate: validity.to }),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  return { cert: pems.cert, key: pems.private };
}
