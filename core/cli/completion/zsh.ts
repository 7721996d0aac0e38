import { allCommands } from './tree.js';
import type { CommandNode, ValueKind } from './tree.js';

/** The completion of a command tree for zsh: what `_arguments` understands, a function a command. */
export function zshCompletion(program: string, tree: CommandNode): string {
  const functions = allCommands(tree).map((node) => functionOf(program, node));
  return `#compdef ${program}
# zsh completion of ${program}; made by "${program} completion zsh"
_${program}_live() {
  local -a found
  found=(\${(f)"$(${program} \${_${program}_daemon} complete $1 "$PREFIX" 2>/dev/null)"})
  compadd -a found
}

${functions.join('\n\n')}

# Loaded by compinit from a file of fpath it completes at once; sourced it says what it is for.
if [[ \${funcstack[1]} == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function functionOf(program: string, node: CommandNode): string {
  const name = ['', program, ...node.path].join('_').replace(/-/g, '_');
  const options = node.options.map(({ short, long, description, takesValue, value }) => {
    const names = short === undefined ? quoted(long) : `{${short},${long}}`;
    const exclusive = short === undefined ? '' : `'(${short} ${long})'`;
    const text = `[${plain(description)}]${takesValue ? `:value:${action(program, value)}` : ''}`;
    return `${exclusive}${names}${quoted(text)}`;
  });
  if (node.children.length === 0) {
    const places = node.arguments.map(({ name: title, variadic, required, value }) => {
      return quoted(`${variadic ? '*' : ''}${required || variadic ? ':' : '::'}${title}:${action(program, value)}`);
    });
    return `${name}() {\n  _arguments -s ${[...options, ...places].join(' \\\n    ')}\n}`;
  }
  const commands = node.children.map((child) => quoted(`${child.path.at(-1)!}:${plain(child.summary)}`));
  const cases = node.children.map((child) => {
    const names = [child.path.at(-1)!, ...child.aliases].join('|');
    return `    ${names}) ${['', program, ...child.path].join('_').replace(/-/g, '_')} ;;`;
  });
  const daemon =
    node.path.length > 0
      ? ''
      : `
    typeset -ga _${program}_daemon
    _${program}_daemon=()
    local option
    for option in -i --instance -s --socket; do
      [[ -n \${opt_args[$option]} ]] && _${program}_daemon+=($option "\${opt_args[$option]}")
    done`;
  return `${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C -s ${options.join(' \\\n    ')} \\
    '1: :->command' '*:: :->arguments'
  case $state in
  command)
    local -a commands
    commands=(${commands.join(' \\\n      ')})
    _describe -t commands command commands ;;
  arguments)${daemon}
    case $words[1] in
${cases.join('\n')}
    esac ;;
  esac
}`;
}

function action(program: string, value: ValueKind): string {
  switch (value.kind) {
    case 'file':
      return '_files';
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'live':
      // A blank first: called as it stands here.
      return ` _${program}_live ${value.name}`;
    case 'none':
      return ' ';
  }
}

/** What `_arguments` would take for its own. */
function plain(text: string): string {
  return text.replace(/[[\]:\\]/g, (char) => `\\${char}`);
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
