import { EXIT_MEANINGS } from '../commands/exit-codes.js';
import type { CommandNode, OptionNode } from '../completion/tree.js';
import { EXAMPLES } from './examples.js';
import { ManualPage } from './roff.js';
import { tableRows } from './tables.js';

/** What pages are made from besides the tree. */
export interface ManualSources {
  readonly version: string;
  /** docs/commands.md: the equivalents of Corosync's tools, and what JSON looks like. */
  readonly commandsText: string;
}

const ENVIRONMENT: readonly (readonly [name: string, text: string])[] = [
  [
    'CHORALE_RUN_DIR',
    'Where daemons have their sockets, instead of /run/chorale (for root) or $XDG_RUNTIME_DIR/chorale.',
  ],
  ['NO_COLOR', 'If it is not empty there are no colors. There are none in a pipe or a file, either.'],
];

const FILES: readonly (readonly [name: string, text: string])[] = [
  ['/run/chorale/choraled.sock', 'Where the daemon listens; choraled-NAME.sock with `--instance NAME`.'],
  ['/etc/corosync/corosync.conf', 'The configuration, see choraled.conf(5).'],
  ['/etc/corosync/authkey', 'The key of an encrypted cluster, see chorale-keygen(1).'],
];

/** chorale(1), and a page for each command below it: `chorale-quorum(1)` has all of `chorale quorum`. */
export function commandPages(root: CommandNode, sources: ManualSources): ManualPage[] {
  const families = root.children.filter(({ path }) => path[0] !== 'help');
  return [mainPage(root, families, sources), ...families.map((family) => familyPage(family, sources))];
}

function mainPage(root: CommandNode, families: readonly CommandNode[], sources: ManualSources): ManualPage {
  const page = new ManualPage('chorale', 1, 'command a cluster node, and see what it does', sources.version);
  page.heading('Synopsis').synopsis('chorale', ['[options]', '<command>', '...']);
  page.heading('Description');
  page.paragraph(
    '`chorale` commands a running choraled(8) and shows what it does. It does what the tools of Corosync do, and more. Without ' +
      'a daemon, `chorale demo` shows a cluster of three nodes on this machine.',
  );
  options(page, root);
  page.heading('Commands');
  for (const { path, summary } of families)
    page.entry(path.join(' '), `${sentence(summary)} See chorale-${path[0]!}(1).`);
  exitStatus(page);
  page.heading('For scripts');
  page.paragraph(
    'Data goes to standard output, errors to standard error, and an error says what to do. With `--json` a command prints one ' +
      'JSON document on one line, and one that goes on one object a line; fields are added, not renamed or removed. An error ' +
      "is then an object `error` with `exitCode`, `message` and, where there is one, Corosync's `code`. Tables have no borders.",
  );
  page.heading('From the tools of Corosync');
  for (const [tool, command] of tableRows(sources.commandsText)) {
    if (tool?.startsWith('`corosync-')) page.entry(tool.replace(/`/g, ''), command!);
  }
  surroundings(page);
  page.heading('See also');
  page.paragraph(
    [...families.map(({ path }) => `chorale-${path[0]!}(1)`), 'choraled(8)', 'choraled.conf(5)'].join(', '),
  );
  return page;
}

function familyPage(family: CommandNode, sources: ManualSources): ManualPage {
  const name = family.path[0]!;
  const page = new ManualPage(`chorale-${name}`, 1, family.summary, sources.version);
  const commands = family.children.length > 0 ? family.children : [family];
  page.heading('Synopsis');
  for (const command of commands) page.synopsis(`chorale ${command.path.join(' ')}`, usage(command));
  page.heading('Description').paragraph(sentence(family.description));
  if (family.children.length === 0) {
    details(page, family);
    json(page, family, sources);
  } else {
    page.heading('Commands');
    for (const command of family.children) {
      page.subheading(`chorale ${command.path.join(' ')}`);
      page.paragraph(sentence(command.description));
      if (command.aliases.length > 0)
        page.paragraph(`Also called ${command.aliases.map((alias) => `\`${alias}\``).join(', ')}.`);
      details(page, command);
      json(page, command, sources);
    }
  }
  const examples = EXAMPLES[name];
  if (examples !== undefined) {
    page.heading('Examples');
    for (const [want, lines] of examples) page.paragraph(want).example(lines);
  }
  exitStatus(page);
  page.heading('See also').paragraph('chorale(1), which has the options that choose the daemon; choraled(8)');
  return page;
}

function usage({ options: known, arguments: places }: CommandNode): string[] {
  return [
    ...(known.some(({ long }) => long !== '--help') ? ['[options]'] : []),
    ...places.map(({ name, required, variadic }) => {
      const word = `${name}${variadic ? '...' : ''}`;
      return required ? `<${word}>` : `[${word}]`;
    }),
  ];
}

function details(page: ManualPage, command: CommandNode): void {
  for (const { name, description } of command.arguments)
    if (description !== '') page.entry(name, sentence(description));
  for (const option of command.options) if (option.long !== '--help') page.entry(option.flags, optionText(option));
}

function options(page: ManualPage, root: CommandNode): void {
  page.heading('Options').paragraph('They may stand before or behind the command.');
  for (const option of root.options) page.entry(option.flags, optionText(option));
}

function optionText({ description, choices, defaultText }: OptionNode): string {
  return [
    sentence(description),
    ...(choices.length > 0 ? [`One of ${choices.join(', ')}.`] : []),
    ...(defaultText === undefined ? [] : [`If not given: ${defaultText}.`]),
  ].join(' ');
}

function json(page: ManualPage, command: CommandNode, { commandsText }: ManualSources): void {
  const name = `\`${command.path.join(' ')}\``;
  const row = tableRows(commandsText).find(([commands]) => commands!.split(', ').includes(name));
  if (row !== undefined && command.options.some(({ long }) => long === '--json')) {
    page.paragraph(`JSON: ${sentence(row[1]!)}`);
  }
}

function exitStatus(page: ManualPage): void {
  page.heading('Exit status');
  for (const [code, meaning] of EXIT_MEANINGS) page.entry(`${code}`, sentence(meaning));
}

function surroundings(page: ManualPage): void {
  page.heading('Environment');
  for (const [name, text] of ENVIRONMENT) page.entry(name, text);
  page.heading('Files');
  for (const [name, text] of FILES) page.entry(name, text);
}

/** Help begins small and ends without a dot. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(whole) ? whole : `${whole}.`;
}
