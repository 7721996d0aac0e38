import { allCommands } from './tree.js';
import type { CommandNode, ValueKind } from './tree.js';

/**
 * The completion of a command tree for bash: a script without needs of its own. It asks the program only for what the
 * daemon knows.
 */
export function bashCompletion(program: string, tree: CommandNode): string {
  const nodes = allCommands(tree);
  const cases = nodes.map((node) => {
    const path = node.path.join(' ');
    const commands = node.children.flatMap((child) => [child.path.at(-1)!, ...child.aliases]).join(' ');
    const options = node.options.flatMap(({ short, long }) => (short ? [short, long] : [long])).join(' ');
    const places = node.arguments.map(({ value, variadic }) => `${word(value)}${variadic ? '+' : ''}`).join(' ');
    return `    '${path}') commands='${commands}' options='${options}' places='${places}' ;;`;
  });
  const values = new Map<string, string>();
  for (const node of nodes) {
    for (const { short, long, takesValue, value } of node.options) {
      if (!takesValue) continue;
      for (const name of [short, long])
        if (name !== undefined) values.set(`${node.path.join(' ')}|${name}`, word(value));
    }
  }
  const valueNames = new Set([...values.keys()].map((key) => key.split('|')[1]!));
  const valueCases = [...values].map(([key, kind]) => `    '${key}') kind='${kind}' ;;`);
  const aliases = nodes.flatMap((node) =>
    node.aliases.map(
      (alias) => `    '${[...node.path.slice(0, -1), alias].join(' ')}') path='${node.path.join(' ')}' ;;`,
    ),
  );
  return `# bash completion of ${program}; made by "${program} completion bash"
_${program}_describe() {
  commands='' options='' places=''
  case "$1" in
${cases.join('\n')}
  esac
}

_${program}_value() {
  kind=''
  case "$1" in
${valueCases.join('\n')}
  esac
}

_${program}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' word commands options places kind='' i
  local -i place=0 skip=0
  local -a daemon=() known
  COMPREPLY=()
  _${program}_describe ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((skip)); then skip=0; continue; fi
    case " $word " in
    ' -i '|' --instance '|' -s '|' --socket ') [[ $path ]] || daemon+=("$word" "\${COMP_WORDS[i + 1]}") ;;
    esac
    case "$word" in
    ${[...valueNames].join('|')}) skip=1 ;;
    -*) ;;
    *)
      if [[ " $commands " == *" $word "* ]]; then
        path="\${path:+$path }$word"
        case "$path" in
${aliases.join('\n')}
        esac
        _${program}_describe "$path"
      else
        ((place++))
      fi ;;
    esac
  done
  if ((skip)); then
    _${program}_value "$path|\${COMP_WORDS[COMP_CWORD - 1]}"
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  elif [[ $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
    return
  else
    known=($places)
    # The last place may be for more than one word.
    ((place >= \${#known[@]})) && [[ $places == *+ ]] && place=\${#known[@]}-1
    ((place < \${#known[@]})) && kind=\${known[place]%+}
  fi
  case "$kind" in
  file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
  words=*) COMPREPLY=($(compgen -W "$(tr , ' ' <<< "\${kind#words=}")" -- "$cur")) ;;
  live=*) COMPREPLY=($(compgen -W "$(${program} "\${daemon[@]}" complete "\${kind#live=}" "$cur" 2>/dev/null)" -- "$cur")) ;;
  esac
}
complete -F _${program} ${program}
`;
}

/** A kind without blanks, for the script. */
function word(value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return `words=${value.words.join(',')}`;
    case 'live':
      return `live=${value.name}`;
    default:
      return value.kind;
  }
}
