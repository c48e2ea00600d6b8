import { ENTRIES, type Option } from "./options/table.ts";

export type Shell = "bash" | "zsh" | "fish";

/** The script by which a shell completes our options; to be read by the shell when it starts. */
export function completion(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

/** In bash: `source <(download-many --completion bash)`. */
function bash(): string {
  const withValue = (fits: (complete: Completed) => boolean) =>
    ENTRIES.filter(([, { kind }]) => kind !== undefined && fits(kind.complete))
      .flatMap(([name, { short }]) => [...(short === undefined ? [] : [`-${short}`]), `--${name}`])
      .join("|");
  const choices = ENTRIES.flatMap(([name, { kind }]) =>
    Array.isArray(kind?.complete)
      ? [`    --${name}) COMPREPLY=($(compgen -W "${kind.complete.join(" ")}" -- "$word")) ;;`]
      : [],
  );
  const all = ENTRIES.flatMap(([name, { short }]) => [...(short === undefined ? [] : [`-${short}`]), `--${name}`]);
  return `# bash completion of download-many: source <(download-many --completion bash)
_download_many() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'
  # "=" is a word of its own to bash: --exists=skip.
  if [[ $word == "=" ]]; then
    word=
  elif [[ $before == "=" ]]; then
    before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  case $before in
${choices.join("\n")}
    ${withValue((complete) => complete === "file")}) compopt -o filenames; IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")) ;;
    ${withValue((complete) => complete === "folder")}) compopt -o filenames; IFS=$'\\n'; COMPREPLY=($(compgen -d -- "$word")) ;;
    ${withValue((complete) => complete === undefined)}) ;;
    *) [[ $word == -* ]] && COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$word")) ;;
  esac
}
complete -F _download_many download-many
`;
}

/** In zsh: a file `_download-many` in a folder of `$fpath`, or `source <(download-many --completion zsh)` after compinit. */
function zsh(): string {
  const lines = ENTRIES.map(([name, option]) => {
    const { short, kind, many } = option;
    const help = zshText(firstClause(option));
    const action = kind === undefined ? "" : `:${zshText(kind.name)}:${zshAction(kind.complete)}`;
    const long = `--${name}${kind === undefined ? "" : "="}`;
    if (short === undefined) return `    '${many ? "*" : ""}${long}[${help}]${action}'`;
    const names = `{-${short}${kind === undefined ? "" : "+"},${long}}`;
    return `    ${many ? "'*'" : `'(-${short} --${name})'`}${names}'[${help}]${action}'`;
  });
  return `#compdef download-many
# zsh completion of download-many: download-many --completion zsh > a file _download-many in a folder of $fpath
_download-many() {
  _arguments -s -S \\
${lines.join(" \\\n")} \\
    '*:address:_urls'
}
if [[ $funcstack[1] == _download-many ]]; then
  _download-many "$@"
else
  compdef _download-many download-many
fi
`;
}

/** In fish: `download-many --completion fish | source`, or a file in `~/.config/fish/completions`. */
function fish(): string {
  const lines = ENTRIES.map(([name, option]) => {
    const { short, kind } = option;
    const complete = kind?.complete;
    const value =
      kind === undefined
        ? ""
        : complete === "file"
          ? " -r -F"
          : complete === "folder"
            ? " -x -a '(__fish_complete_directories)'"
            : ` -x${complete === undefined ? "" : ` -a '${complete.join(" ")}'`}`;
    const shortName = short === undefined ? "" : ` -s ${short}`;
    return `complete -c download-many${shortName} -l ${name}${value} -d '${fishText(firstClause(option))}'`;
  });
  return `# fish completion of download-many: download-many --completion fish | source
complete -c download-many -f
${lines.join("\n")}
`;
}

type Completed = NonNullable<Option["kind"]>["complete"];

/** The help up to its first stop: there is little room in a menu. */
function firstClause({ help }: Option): string {
  return /^.*?(?=[:;.] |$)/.exec(help)?.[0] ?? help;
}

function zshAction(complete: Completed): string {
  if (complete === "file") return "_files";
  if (complete === "folder") return "_files -/";
  return complete === undefined ? " " : `(${complete.join(" ")})`;
}

/** In single quotes, inside of a specification of `_arguments`. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fishText(text: string): string {
  return text.replace(/[\\']/g, "\\$&");
}
