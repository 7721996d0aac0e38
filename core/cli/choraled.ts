#!/usr/bin/env node
import './daemon/engine-flags.js';
import { startInBackground } from './daemon/background.js';
import { checkConfiguration } from './daemon/check.js';
import { readDaemonArguments } from './daemon/options.js';
import { runDaemon } from './daemon/run.js';
import { versionText } from './version.js';

const args = process.argv.slice(2);
process.exit(await main());

async function main(): Promise<number> {
  const call = readDaemonArguments(args);
  switch (call.kind) {
    case 'text':
      return print(call.exitCode === 0 ? process.stdout : process.stderr, call.text, call.exitCode);
    case 'version':
      return print(process.stdout, `${versionText()}\n`, 0);
    case 'check': {
      const { exitCode, lines } = await checkConfiguration(call.config, call.instance);
      return print(
        exitCode === 0 ? process.stdout : process.stderr,
        lines.map((line) => `${line}\n`).join(''),
        exitCode,
      );
    }
    case 'run':
      return call.options.foreground ? runDaemon(call.options) : startInBackground(args);
  }
}

/** Writes all of the text before the process may end. */
function print(stream: NodeJS.WriteStream, text: string, exitCode: number): Promise<number> {
  return new Promise((resolve) => stream.write(text, () => resolve(exitCode)));
}
