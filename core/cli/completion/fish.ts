import { allCommands } from './tree.js';
import type { CommandNode, ValueKind } from './tree.js';

/** The completion of a command tree for fish. */
export function fishCompletion(program: string, tree: CommandNode): string {
  const nodes = allCommands(tree);
  const paths = nodes
    .filter(({ path }) => path.length > 0)
    .flatMap(({ path, aliases }) => [path, ...aliases.map((alias) => [...path.slice(0, -1), alias])]);
  const valued = new Set<string>();
  for (const { options } of nodes) {
    for (const { short, long, takesValue } of options) {
      if (takesValue) for (const name of [short, long]) if (name !== undefined) valued.add(name);
    }
  }
  const lines = nodes.flatMap((node) => linesOf(program, node));
  return `# fish completion of ${program}; made by "${program} completion fish"
function __${program}_path
  set -l paths ${paths.map((path) => quoted(path.join(' '))).join(' ')}
  set -l path ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${[...valued].join(' ')}
      set skip 1
    else if contains -- (string trim -- "$path $word") $paths
      set path (string trim -- "$path $word")
    end
  end
  echo $path
end
function __${program}_at
  test (__${program}_path) = "$argv[1]"
end
function __${program}_live
  set -l daemon
  set -l words (commandline -opc)
  for i in (seq (count $words))
    if contains -- $words[$i] -i --instance -s --socket
      set -a daemon $words[$i] $words[(math $i + 1)]
    end
  end
  ${program} $daemon complete $argv[1] (commandline -ct) 2>/dev/null
end
complete -c ${program} -f
${lines.join('\n')}
`;
}

function linesOf(program: string, node: CommandNode): string[] {
  const here = [node.path, ...node.aliases.map((alias) => [...node.path.slice(0, -1), alias])];
  return here.flatMap((path) => {
    const at = `complete -c ${program} -n ${quoted(`__${program}_at "${path.join(' ')}"`)}`;
    const commands = node.children.map(
      (child) => `${at} -a ${quoted([child.path.at(-1)!, ...child.aliases].join(' '))} -d ${quoted(child.summary)}`,
    );
    const options = node.options.map(({ short, long, description, takesValue, value }) => {
      const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
      return `${at} ${names}${takesValue ? ` ${value.kind === 'file' ? '-r -F' : `-x${source(program, value)}`}` : ''} -d ${quoted(description)}`;
    });
    const places = node.arguments
      .filter(({ value }) => value.kind !== 'none')
      .map(({ value }) => `${at}${value.kind === 'file' ? ' -F' : source(program, value)}`);
    return [...commands, ...options, ...places];
  });
}

function source(program: string, value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return ` -a ${quoted(value.words.join(' '))}`;
    case 'live':
      return ` -a ${quoted(`(__${program}_live ${value.name})`)}`;
    default:
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (char) => `\\${char}`)}'`;
}
