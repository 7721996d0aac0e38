import type { Argument, Command, Option } from 'commander';

/** What stands in a place of the command line, for who completes it. */
export type ValueKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** What the daemon knows: `chorale complete NAME` prints it. */
  | { readonly kind: 'live'; readonly name: LiveName };

/** What `chorale complete` can list. */
export const LIVE_NAMES = ['keys', 'stats', 'services', 'groups', 'nodes'] as const;
export type LiveName = (typeof LIVE_NAMES)[number];

export interface OptionNode {
  readonly short: string | undefined;
  readonly long: string;
  /** As in help: `-n, --count <number>`. */
  readonly flags: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly value: ValueKind;
  readonly defaultText: string | undefined;
  readonly choices: readonly string[];
}

export interface ArgumentNode {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly value: ValueKind;
}

/** A command with everything below it, as help shows it. */
export interface CommandNode {
  /** Without the program: `['quorum', 'status']`. */
  readonly path: readonly string[];
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly children: readonly CommandNode[];
}

/** The tree of a program's commands; hidden ones are not in it. */
export function commandTree(command: Command, path: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    path,
    aliases: command.aliases(),
    summary: command.summary() || command.description(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map((argument) => argumentNode(argument, path)),
    children: help
      .visibleCommands(command)
      .filter((child) => path.length === 0 || child.name() !== 'help')
      .map((child) => commandTree(child, [...path, child.name()])),
  };
}

/** The command and all below it. */
export function allCommands(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(allCommands)];
}

function optionNode(option: Option): OptionNode {
  const takesValue = option.required || option.optional;
  const value = option.defaultValue as unknown;
  return {
    short: option.short,
    long: option.long ?? option.flags,
    flags: option.flags,
    description: option.description,
    takesValue,
    value: takesValue ? valueKind(option.flags.replace(/^.*<|>.*$/g, ''), option.argChoices) : { kind: 'none' },
    defaultText: value === undefined || value === false ? undefined : String(value),
    choices: option.argChoices ?? [],
  };
}

function argumentNode(argument: Argument, path: readonly string[]): ArgumentNode {
  const name = argument.name();
  const stats = path[0] === 'cmap' && path[1] === 'stats';
  return {
    name,
    description: argument.description,
    required: argument.required,
    variadic: argument.variadic,
    value: stats ? { kind: 'live', name: 'stats' } : argumentKind(argument, path),
  };
}

function argumentKind(argument: Argument, path: readonly string[]): ValueKind {
  const words = WORDS[path.join(' ')]?.[argument.name()];
  return valueKind(argument.name(), words ?? argument.argChoices);
}

/** Words of arguments that are checked by their command, for the sake of a better message. */
const WORDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'cmap set': { type: ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'flt', 'dbl', 'str', 'bin'] },
  'cmap clear': { what: ['knet', 'ipc', 'totem', 'schedmiss', 'all'] },
};

const LIVE: Readonly<Record<string, LiveName>> = {
  key: 'keys',
  prefix: 'keys',
  service: 'services',
  group: 'groups',
  node: 'nodes',
};

function valueKind(name: string, words: readonly string[] | undefined): ValueKind {
  if (words !== undefined) return { kind: 'words', words };
  const live = LIVE[name];
  if (live !== undefined) return { kind: 'live', name: live };
  return ['file', 'path', 'plugin'].includes(name) ? { kind: 'file' } : { kind: 'none' };
}
