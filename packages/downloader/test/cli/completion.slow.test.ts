import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { completion, type Shell } from "../../src/cli/completion.ts";
import { ENTRIES } from "../../src/cli/options/table.ts";

/** A script for each shell that prints, a line each, how a command line of which the last word is begun may go on. */
const ASK: Readonly<Record<Shell, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    "-c",
    `source ./completion
COMP_WORDS=(${words.map((word) => (word === "=" ? "'='" : `'${word}'`)).join(" ")})
COMP_CWORD=${words.length - 1}
compopt() { :; }
_download_many
printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  // What zsh would show: a terminal of its own, in which the command line is typed and TAB pressed.
  zsh: (words) => [
    "-fc",
    `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D -u; zstyle ":completion:*" list-prompt ""; LISTMAX=0; setopt listrowsfirst; fpath=(.); source ./completion; bindkey "^I" list-choices; print READY'
zpty -r shell line '*READY*READY*'
zpty -n -w shell $'${words.join(" ")}\\t'
sleep 1
zpty -n -w shell $'\\x15exit\\n'
while zpty -r shell line; do print -r -- "\${line//[[:cntrl:]]/}"; done`,
  ],
  fish: (words) => ["--no-config", "-c", `source ./completion; complete -C '${words.join(" ")}'`],
};

for (const shell of ["bash", "zsh", "fish"] as const) {
  describe(`completion in ${shell}`, { skip: peer(shell).skip }, () => {
    let folder = "";
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "download-many-completion-"));
      writeFileSync(join(folder, "completion"), completion(shell));
      writeFileSync(join(folder, "urls here.txt"), "");
      mkdirSync(join(folder, "out"));
    });
    after(() => rmSync(folder, { recursive: true }));

    function ask(...words: readonly string[]): string {
      const { path } = peer(shell);
      const { stdout, stderr, status } = spawnSync(path, ASK[shell](["download-many", ...words]), {
        cwd: folder,
        encoding: "utf8",
        timeout: 15_000,
        env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, TERM: "xterm", COLUMNS: "200", LINES: "100" },
      });
      assert.equal(stderr, "");
      assert.equal(status, 0);
      return stdout;
    }

    test("the script is one of this shell", () => {
      const { path } = peer(shell);
      assert.deepEqual(spawnSync(path, ["-n", "completion"], { cwd: folder, encoding: "utf8" }).stderr, "");
    });

    test("every option", () => {
      const answer = ask("--");
      for (const [name] of ENTRIES) assert.match(answer, new RegExp(`--${name}\\b`));
    });

    test("choices", () => {
      const answer = ask("--exists", "");
      for (const choice of ["skip", "update", "refuse", "number", "overwrite"])
        assert.match(answer, new RegExp(choice));
      assert.doesNotMatch(answer, /--json/);
    });

    test("files and folders", () => {
      assert.match(ask("-i", ""), /urls\\? here\.txt/);
      assert.match(ask("-d", ""), /out/);
      assert.doesNotMatch(ask("-d", ""), /urls/);
    });

    test("nothing where nothing is known", () => {
      assert.doesNotMatch(ask("-m", ""), /urls|out|--/);
    });
  });
}

test("bash has words on both sides of =", { skip: peer("bash").skip }, () => {
  const script = `${completion("bash")}
COMP_WORDS=(download-many --exists = sk) COMP_CWORD=3; _download_many; echo "\${COMPREPLY[@]}"
COMP_WORDS=(download-many --exists =) COMP_CWORD=2; _download_many; echo "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync(peer("bash").path, ["-c", script], { encoding: "utf8" });
  assert.equal(stdout, "skip\nskip update refuse number overwrite\n");
});
