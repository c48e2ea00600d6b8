/** The other commit, in a folder of its own for as long as it is needed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Which commit `base` names, or the one that the published results were made of; else why there is none. */
export function findBase(base: string | null): { readonly commit: string } | { readonly missing: string } {
  const wanted = base ?? publishedCommit();
  if (wanted === null) return { missing: "bench/results/results.json names no commit" };
  const commit = git("rev-parse", "--verify", "--quiet", `${wanted}^{commit}`);
  if (commit !== null) return { commit };
  const reason = base === null ? ", which bench/results/results.json was made of; name another by --base REV" : "";
  return { missing: `this clone has no commit ${wanted}${reason}` };
}

function publishedCommit(): string | null {
  try {
    const text = readFileSync(new URL("../results/results.json", import.meta.url), "utf8");
    const { commit } = JSON.parse(text) as { commit: string };
    // With changes that were not committed: the nearest there is.
    return commit.replace(/\+$/, "") || null;
  } catch {
    return null;
  }
}

/** The text of a `git` command, or null if it failed. */
function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

/** Whether both commits' core is the same, to the letter. */
export function coreIsUnchanged(commit: string): boolean {
  return git("diff", "--quiet", commit, "--", "packages/core/src") !== null;
}

/** Checks the commit out beside this one for as long as `use` runs, which gets its folder. */
export async function withBase<T>(commit: string, use: (checkout: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-base-"));
  const checkout = join(folder, "checkout");
  try {
    if (git("worktree", "add", "--detach", checkout, commit) === null) {
      throw new Error(`git worktree add ${checkout} ${commit} failed`);
    }
    return await use(checkout);
  } finally {
    const removed = git("worktree", "remove", "--force", checkout);
    rmSync(folder, { recursive: true, force: true });
    if (removed === null) git("worktree", "prune");
  }
}
