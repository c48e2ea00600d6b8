/**
 * Proxies named by the environment. Source: Python `urllib.request.getproxies_environment` and `proxy_bypass`, which
 * aiohttp's `trust_env` uses; `ALL_PROXY` as in curl and requests.
 */

/** The environment's variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PROXIES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] as const;
const OTHERS = ["no_proxy", "NO_PROXY", "REQUEST_METHOD"] as const;

/** What `env` says of proxies, to be kept: each look at the process's own takes a while. `null` if it names none. */
export function proxyVariables(env: Environment): Environment | null {
  if (PROXIES.every((name) => (env[name] ?? "") === "")) return null;
  return Object.fromEntries([...PROXIES, ...OTHERS].map((name) => [name, env[name]]));
}

/**
 * The URL of the proxy for `target`; undefined if it is to be reached directly.
 *
 * `http_proxy` is for http, `https_proxy` for https, `all_proxy` for both where there is no other; a name in lower case
 * goes before one in upper case, and an empty value is none. In a program that a web server started as a CGI script (`REQUEST_METHOD` is set) `HTTP_PROXY` is not
 * looked at, since a header of the request, `Proxy`, becomes that ("httpoxy").
 */
export function proxyFromEnv(target: URL, env: Environment): string | undefined {
  const name = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const { REQUEST_METHOD, no_proxy, NO_PROXY, all_proxy, ALL_PROXY } = env;
  let proxy = env[name];
  if (proxy === undefined && !(name === "http_proxy" && REQUEST_METHOD !== undefined)) {
    proxy = env[name.toUpperCase()];
  }
  proxy ||= all_proxy ?? ALL_PROXY;
  if (proxy === undefined || proxy === "") return undefined;
  if (isExcluded(target, no_proxy ?? NO_PROXY ?? "")) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/**
 * Whether `target` is to be reached without a proxy. `excluded` lists, between commas, `*` for all, names (with all
 * below them, whether they begin with a dot or `*.` or not) and addresses, each perhaps with `:port`.
 */
export function isExcluded(target: URL, excluded: string): boolean {
  const hostname = bare(target.hostname);
  const port = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
  return excluded
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      const { name, port: only } = split(entry);
      if (only !== "" && only !== port) return false;
      if (name === "*") return true;
      const suffix = name.replace(/^\*?\./, "");
      return suffix !== "" && (hostname === suffix || hostname.endsWith(`.${suffix}`));
    });
}

/** `name`, `name:port`, `[::1]`, `[::1]:port` or `::1`. */
function split(entry: string): { name: string; port: string } {
  const match = /^(\[.+\]|[^:]+)(?::(\d+))?$/.exec(entry);
  return match === null ? { name: bare(entry), port: "" } : { name: bare(match[1] ?? ""), port: match[2] ?? "" };
}

function bare(name: string): string {
  return name
    .replace(/^\[(.+)\]$/, "$1")
    .replace(/(.)\.$/, "$1")
    .toLowerCase();
}
