import { readFile, writeFile } from 'node:fs/promises';
import { DIRECTIVES } from '../../core/config/directives/index.js';
import type { Directive } from '../../core/config/directives/index.js';

const FILE = new URL('../../docs/configuration.md', import.meta.url);
const START = '<!-- Written from the table of directives by spec-tests/config/write-reference.ts; do not edit. -->\n';
const END = '<!-- End of what is written from the table. -->\n';

/** The sections of the reference: how each is written, and the path of its directives. */
const SECTIONS: readonly (readonly [heading: string, path: RegExp])[] = [
  ['totem { }', /^totem\.[^.]+$/],
  ['totem { interface { } }', /^totem\.interface\./],
  ['nodelist { node { } }', /^nodelist\.node\./],
  ['quorum { }', /^quorum\.[^.]+$/],
  ['quorum { device { } }', /^quorum\.device\./],
  ['logging { }', /^logging\.[^.]+$/],
  ['logging { logger_subsys { } }', /^logging\.logger_subsys\./],
  ['logging { logging_daemon { } }', /^logging\.logging_daemon\./],
  ['system { }', /^system\./],
  ['uidgid { }', /^uidgid\./],
  ['service { }', /^service\./],
  ['resources { }', /^resources\./],
  ['pload { }', /^pload\./],
  ['nozzle { }', /^nozzle\./],
];

/** The reference of every directive, in Markdown. */
export function directiveReference(): string {
  return SECTIONS.map(([heading, path]) =>
    sectionReference(
      heading,
      DIRECTIVES.filter((each) => path.test(each.path)),
    ),
  ).join('\n');
}

/** docs/configuration.md as it is, and as it should be. */
export async function referenceFile(): Promise<{ actual: string; expected: string }> {
  const actual = await readFile(FILE, 'utf8');
  const start = actual.indexOf(START);
  const end = actual.indexOf(END);
  if (start < 0 || end < start) throw new Error(`docs/configuration.md needs these two lines:\n${START}${END}`);
  const expected = `${actual.slice(0, start)}${START}\n${directiveReference()}\n${actual.slice(end)}`;
  return { actual, expected };
}

/** Writes the reference into docs/configuration.md. */
export async function writeReference(): Promise<void> {
  await writeFile(FILE, (await referenceFile()).expected);
}

function sectionReference(heading: string, directives: readonly Directive[]): string {
  const rows = directives.map((directive) => `| ${cells(directive).map(escape).join(' | ')} |\n`);
  return `### ${heading}\n\n| Key | Type | Default | Status | Meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

function cells(directive: Directive): string[] {
  const key = directive.path.split('.').at(-1)!;
  const wildcard = directive.path.includes('*') ? directive.path.split('.').slice(1).join('.') : key;
  const own = directive.own === true ? ' (Chorale)' : '';
  return [`\`${wildcard}\`${own}`, typeOf(directive), directive.default, statusOf(directive), meaningOf(directive)];
}

function typeOf({ type, values, min, max, zeroIsDefault }: Directive): string {
  if (values !== undefined) return `${type}: ${values.join(', ')}`;
  if (min === undefined && max === undefined) return type;
  const range = min !== undefined && min === max ? `${min}` : max === undefined ? `≥ ${min}` : `${min ?? 0}–${max}`;
  return `${type}: ${range}${zeroIsDefault === true && (min ?? 0) > 0 ? ', 0 = default' : ''}`;
}

function statusOf({ status, harmless, refusedValues }: Directive): string {
  const refused = Object.keys(refusedValues ?? {});
  if (refused.length > 0) return `${status}; ${refused.join(', ')} refused`;
  const words = harmless?.filter((word) => word !== '') ?? [];
  return status === 'refused' && words.length > 0 ? `refused; ${words.join(', ')} taken` : status;
}

function meaningOf({ meaning, note }: Directive): string {
  return note === undefined ? meaning : `${meaning} ${note}`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
