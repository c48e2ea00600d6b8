/** Certificates for TLS servers on loopback, made anew for each run of the tests. */
import { generate } from "selfsigned";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateWishes {
  /** DNS names; 127.0.0.1 is there too unless `ip` is false. */
  readonly names?: readonly string[];
  readonly ip?: boolean;
  readonly from?: Date;
  readonly until?: Date;
}

/** A certificate that signs itself. */
export async function certificate(wishes: CertificateWishes = {}): Promise<Certificate> {
  const { names = ["localhost"], ip = true, from, until } = wishes;
  const { private: key, cert } = await generate([{ name: "commonName", value: names[0] ?? "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    ...(from === undefined ? null : { notBeforeDate: from }),
    ...(until === undefined ? null : { notAfterDate: until }),
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...(ip ? [{ type: 7 as const, ip: "127.0.0.1" }] : []),
        ],
      },
    ],
  });
  return { key, cert };
}
