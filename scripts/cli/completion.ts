import path from "node:path";

import { Argument, Command } from "commander";

import { checkout } from "../../infra/util/checkout.ts";
import { quoteForShell } from "../../infra/util/text.ts";

const shells = { bash: formatBash, zsh: formatZsh, fish: formatFish };

/** Returns `completion <shell>`: prints what a shell needs to complete commands, options and stacks. */
export function completionCommand(loadAll: () => Promise<Command[]>): Command {
  return new Command("completion")
    .summary("prints completion for bash, zsh or fish")
    .description(
      "Prints what a shell needs to complete commands, options and the names of stacks. " +
        'bash and zsh: eval "$(./stagesub completion bash)" in .bashrc, or zsh in .zshrc; fish: ./stagesub completion fish | source',
    )
    .addArgument(new Argument("<shell>").choices(Object.keys(shells)))
    .action(async (shell: keyof typeof shells) => console.log(shells[shell](await loadAll())));
}

/** A zsh reads bash's completion; no variable has a name that is zsh's own. */
function formatBash(commands: readonly Command[]): string {
  const places: { at: string; below: string[]; options: string[] }[] = [
    { at: "", below: [...commands.map((command) => command.name()), "completion"], options: ["-C", "--version"] },
    { at: "/completion", below: Object.keys(shells), options: [] },
  ];
  const visit = (command: Command, above: string, inherited: string[]) => {
    const at = `${above}/${command.name()}`;
    const options = [...inherited, ...command.options.flatMap(({ long }) => long ?? [])];
    places.push({ at, below: command.commands.map((each) => each.name()), options });
    for (const each of command.commands) visit(each, at, options);
  };
  for (const command of commands) visit(command, "", []);
  return `_stagesub() {
  local now=\${COMP_WORDS[COMP_CWORD]} at= known= options= below= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ $at == "" && \${COMP_WORDS[i]} == -C ]]; then ((i++)); continue; fi
    case " ${places.map(({ at }) => at).join(" ")} " in *" $at/\${COMP_WORDS[i]} "*) at="$at/\${COMP_WORDS[i]}" ;; esac
  done
  case \${COMP_WORDS[COMP_CWORD-1]} in
    -s | --stack)
      below=$(cd ${quoteForShell(path.join(checkout, "stacks"))} && printf '%s\\n' Pulumi.*.yaml | sed 's/^Pulumi\\.//; s/\\.yaml$//')
      COMPREPLY=($(compgen -W "$below" -- "$now")); return ;;
    -C) COMPREPLY=($(compgen -d -- "$now")); return ;;
  esac
  case $at in
${places.map(({ at, below, options }) => `    "${at}") below="${below.join(" ")}" options="${[...options, "--help"].join(" ")}" ;;`).join("\n")}
  esac
  if [[ $now == -* ]]; then below=$options; fi
  COMPREPLY=($(compgen -W "$below" -- "$now"))
}
complete -o default -F _stagesub stagesub`;
}

function formatZsh(commands: readonly Command[]): string {
  return `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${formatBash(commands)}`;
}

function formatFish(commands: readonly Command[]): string {
  const add = (when: string, ...rest: string[]) => `complete -c stagesub -n ${quoteForShell(when)} ${rest.join(" ")}`;
  const stacks = `(string replace -rf '.*/Pulumi\\.(.*)\\.yaml$' '$1' ${quoteForShell(path.join(checkout, "stacks"))}/*)`;
  const lines = [
    `complete -c stagesub -s C -x -a '(__fish_complete_directories)'`,
    add("__fish_use_subcommand", "-f -a completion -d 'prints completion for bash, zsh or fish'"),
    add("__fish_seen_subcommand_from completion", `-f -a '${Object.keys(shells).join(" ")}'`),
  ];
  const visit = (command: Command, when: string) => {
    const name = command.name();
    const summary = command.summary() || command.description().split(/[.:,;]/)[0]!;
    lines.push(add(when, `-f -a ${name} -d ${quoteForShell(summary)}`));
    const inside = `__fish_seen_subcommand_from ${name}`;
    for (const { long, short, required, optional, description } of command.options) {
      const value = long === "--stack" ? [`-x -a ${quoteForShell(stacks)}`] : required || optional ? ["-r"] : [];
      const key = short ? [`-s ${short.slice(1)}`] : [];
      lines.push(
        add(inside, `-l ${long!.slice(2)}`, ...key, ...value, `-d ${quoteForShell(description.split(/[;,]/)[0]!)}`),
      );
    }
    const below = command.commands.map((each) => each.name()).join(" ");
    for (const each of command.commands) visit(each, `${inside}; and not __fish_seen_subcommand_from ${below}`);
  };
  for (const command of commands) visit(command, "__fish_use_subcommand");
  return lines.join("\n");
}
