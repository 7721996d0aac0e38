import { DIRECTIVES } from '../../config/directives/index.js';
import type { Directive } from '../../config/directives/index.js';
import { ManualPage } from './roff.js';

/** choraled.conf(5): every directive, from the same list that checks them. */
export function configurationPage(version: string): ManualPage {
  const page = new ManualPage('choraled.conf', 5, 'the configuration of a cluster node', version);
  page.heading('Description');
  page.paragraph(
    'A node reads one file when it starts, /etc/corosync/corosync.conf or what `choraled -c` names, and again when it is told ' +
      'to reload. It is the file that a Corosync 3.1 node reads, with the same defaults; `choraled -t` checks it. Lines are ' +
      '`KEY: VALUE`, `SECTION {`, `}`, or a comment that begins with #.',
  );
  page.paragraph('The same file on every node of a cluster of three:');
  page.example(EXAMPLE);
  for (const [section, directives] of sections()) {
    page.heading(section);
    for (const directive of directives) page.entry(directive.path.split('.').at(-1)!, textOf(directive));
  }
  page.heading('See also').paragraph('choraled(8), chorale(1), corosync.conf(5)');
  return page;
}

const EXAMPLE = [
  'totem {',
  '    version: 2',
  '    cluster_name: example',
  '    transport: udpu',
  '}',
  'nodelist {',
  ...[1, 2, 3].flatMap((id) => ['    node {', `        nodeid: ${id}`, `        ring0_addr: 192.0.2.${id}`, '    }']),
  '}',
  'quorum {',
  '    provider: corosync_votequorum',
  '}',
];

/** In the order of the list. */
function sections(): Map<string, Directive[]> {
  const found = new Map<string, Directive[]>();
  for (const directive of DIRECTIVES) {
    const section = directive.path.split('.').slice(0, -1).join('.') || 'anywhere';
    found.set(section, [...(found.get(section) ?? []), directive]);
  }
  return found;
}

function textOf(directive: Directive): string {
  const { meaning, values, min, max, default: usual, status, note, replacedBy, own } = directive;
  return [
    meaning,
    ...(values === undefined ? [] : [`One of ${values.join(', ')}.`]),
    ...limits(min, max),
    `Default: ${usual}.`,
    ...(status === 'supported' ? [] : [`It is ${status}.`]),
    ...(note === undefined ? [] : [note]),
    ...(replacedBy === undefined ? [] : [`Write \`${replacedBy.split('.').at(-1)!}\`.`]),
    ...(own ? ["Chorale's own."] : []),
  ].join(' ');
}

function limits(min: number | undefined, max: number | undefined): string[] {
  if (min === undefined && max === undefined) return [];
  if (min === max) return [`Only ${max!}.`];
  return [max === undefined ? `${min!} or more.` : `From ${min ?? 0} to ${max}.`];
}
