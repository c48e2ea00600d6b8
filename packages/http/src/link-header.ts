/** One link of a Link header: where to, and its parameters by name, `rel` among them. */
export interface Link {
  readonly url: string;
  readonly rel: string;
  readonly [parameter: string]: string;
}

/** `<` target `>` and then `; name=value` or `; name="value"`, several times. RFC 8288 section 3. */
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)/g;
const PARAMETER = /;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*)))?/g;

/**
 * The links of a Link header by their relation; of those without, by their target. Targets are resolved against `base`;
 * what is no link or no URL is left out. Source: aiohttp `ClientResponse.links`.
 */
export function parseLinks(header: string, base: string): ReadonlyMap<string, Link> {
  const links = new Map<string, Link>();
  for (const [, target = "", tail = ""] of header.matchAll(LINK)) {
    if (!URL.canParse(target, base)) continue;
    const url = new URL(target, base).href;
    const parameters: Record<string, string> = {};
    for (const [, name = "", quoted, plain] of tail.matchAll(PARAMETER)) {
      const key = name.toLowerCase();
      if (key !== "__proto__") parameters[key] ??= quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
    }
    const { rel = "" } = parameters;
    links.set(rel === "" ? target : rel, { ...parameters, rel, url });
  }
  return links;
}
