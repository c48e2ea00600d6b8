/** What someone may have meant by an option that there is not. */

/** Options of curl, wget and aria2 that are called otherwise here, or are not needed. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "--parallel": "it is what we do; see --max",
  "--parallel-max": "write --max",
  "--parallel-max-host": "write --per-host",
  "--max-concurrent-downloads": "write --max",
  "--max-threads": "write --max",
  "--max-connection-per-server": "write --per-host, or --split for the connections of one file",
  "--max-connections": "write --max",
  "-j": "write -m",
  "-Z": "it is what we do; see -m",
  "--continue": "interrupted files are gone on with anyway",
  "--continue-at": "interrupted files are gone on with anyway",
  "-c": "interrupted files are gone on with anyway",
  "-C": "interrupted files are gone on with anyway",
  "--location": "redirects are followed anyway",
  "-L": "redirects are followed anyway",
  "--fail": "an error status is a failure anyway",
  "-f": "an error status is a failure anyway",
  "--remote-name": "files have the names of their addresses anyway",
  "--remote-name-all": "files have the names of their addresses anyway",
  "-O": "files have the names of their addresses anyway; -o gives one another name",
  "--remote-header-name": "write --content-disposition",
  "-J": "write --content-disposition",
  "--output-dir": "write --dir",
  "--directory-prefix": "write --dir",
  "-P": "write -d",
  "--out": "write --output",
  "--output-document": "write --output",
  "--input-file": "write --input",
  "--globoff": "write --no-glob",
  "-g": "write --no-glob",
  "--no-clobber": "files that are there are skipped anyway; see --exists",
  "--skip-existing": "files that are there are skipped anyway; see --exists",
  "--timestamping": "write --exists update",
  "-N": "write --exists update",
  "--conditional-get": "write --exists update",
  "--allow-overwrite": "write --exists overwrite",
  "--auto-file-renaming": "write --exists number",
  "--retry": "write --retries",
  "--tries": "write --retries, which does not count the first attempt",
  "--max-tries": "write --retries, which does not count the first attempt",
  "--retry-wait": "write --retry-delay",
  "--waitretry": "write --max-retry-delay",
  "--wait": "write --rate, as 1/s",
  "--max-time": "write --timeout",
  "--read-timeout": "write --idle-timeout",
  "--speed-limit": "write --slow-limit",
  "--speed-time": "write --slow-time",
  "--lowest-speed-limit": "write --slow-limit",
  "--max-download-limit": "write --limit-rate, which is for all together",
  "--max-overall-download-limit": "write --limit-rate",
  "--max-filesize": "write --max-size",
  "--max-redirs": "write --max-redirects",
  "--max-redirect": "write --max-redirects",
  "--cookie": "write --cookies, with a file",
  "--load-cookies": "write --cookies",
  "--all-proxy": "write --proxy",
  "--noproxy": "write --no-proxy, or set NO_PROXY to the hosts",
  "--socks5": "write --proxy socks5://HOST:PORT",
  "--socks5-hostname": "write --proxy socks5h://HOST:PORT",
  "--ca-certificate": "write --cacert",
  "--certificate": "write --cert",
  "--private-key": "write --key",
  "--no-check-certificate": "write --insecure",
  "--check-certificate": "write --insecure to check none",
  "--http1.1": "HTTP/1.1 is what is spoken unless --http2 is given",
  "--silent": "write --quiet",
  "-s": "write -q",
  "--spider": "write --dry-run",
  "--save-session": "write --failed",
  "--referer": "write --header 'Referer: …'",
  "--oauth2-bearer": "write --header 'Authorization: Bearer …', or keep it in a file and write --header @FILE",
};

/** The rest of a sentence about the unknown option `given`; empty if nothing comes to mind. */
export function suggestion(given: string, known: readonly string[]): string {
  const elsewhere = Object.hasOwn(ELSEWHERE, given) ? ELSEWHERE[given] : undefined;
  if (elsewhere !== undefined) return `: ${elsewhere}`;
  if (!given.startsWith("--")) return "";
  const near = known
    .map((name) => ({ name, far: name.startsWith(given) ? 1 : distance(given, name) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor((name.length - 2) / 3)))
    .sort((a, b) => a.far - b.far)
    .filter(({ far }, _, [nearest]) => far === nearest?.far)
    .map(({ name }) => name);
  return near.length === 0 ? "" : `. Did you mean ${near.slice(0, 3).join(" or ")}?`;
}

/** How many letters are put in, left out, changed or swapped with the next one (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : changed;
      row.push(Math.min(changed, swapped, last[j]! + 1, row[j - 1]! + 1));
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
