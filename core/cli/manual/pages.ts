import { readFileSync } from 'node:fs';
import { choraleProgram } from '../commands/program.js';
import { plainStyle } from '../commands/style.js';
import { commandTree } from '../completion/tree.js';
import { packageVersion } from '../version.js';
import { commandPages } from './command-pages.js';
import { configurationPage } from './configuration-page.js';
import { daemonPage } from './daemon-page.js';
import type { ManualPage } from './roff.js';

/** All manual pages. `root` is the directory of the package. */
export function manualPages(root: URL): ManualPage[] {
  const version = packageVersion();
  const commandsText = readFileSync(new URL('docs/commands.md', root), 'utf8');
  const nothing = (): void => undefined;
  const here = { out: nothing, err: nothing, write: nothing, style: plainStyle, stdin: process.stdin };
  const never = { untilInterrupted: () => AbortSignal.abort(), demo: () => Promise.resolve(false) };
  const program = choraleProgram({ ...here, ...never }, nothing);
  return [
    ...commandPages(commandTree(program), { version, commandsText }),
    daemonPage(version),
    configurationPage(version),
  ];
}
