import { closeSync, existsSync, fchmodSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import sodium from 'sodium-native';
import { messageOf } from '../../host/errors.js';
import { CommandError } from './context.js';
import { CommandExit } from './exit-codes.js';
import { done, withJson } from './options.js';
import type { JsonOption } from './options.js';
import type { CommandFamily } from './surroundings.js';

/** Where Corosync looks for its key. */
export const DEFAULT_KEY_FILE = '/etc/corosync/authkey';

/** Bytes of a key, as corosync-keygen has them. */
const USUAL_SIZE = 256;
const LEAST_SIZE = 128;
const MOST_SIZE = 4096;
const KEY_MODE = 0o400;

interface KeygenOptions extends JsonOption {
  readonly keyFile: string;
  readonly size: number;
  readonly force?: true;
}

/** `chorale keygen`: what corosync-keygen does. It needs no daemon. */
export const keygenFamily: CommandFamily = (program, { here }) => {
  withJson(
    program
      .command('keygen')
      .summary('make the key of an encrypted cluster')
      .description(
        'Makes the secret key that the nodes of a cluster with crypto_cipher and crypto_hash share, as corosync-keygen does: ' +
          'random bytes in a file that its owner alone can read. Copy it to every node, as the same user and with mode 0400. ' +
          'Every node and every tool of Corosync reads it as well.',
      )
      .option('-k, --key-file <file>', 'where to write it', DEFAULT_KEY_FILE)
      .addOption(
        new Option('-s, --size <bytes>', `${LEAST_SIZE} to ${MOST_SIZE}`).argParser(keySize).default(USUAL_SIZE),
      )
      .option('-f, --force', 'put it in the place of a key that is there'),
  ).action((options: KeygenOptions) => {
    const file = resolve(options.keyFile);
    writeKey(file, options.size, options.force === true);
    done(here, options, `a key of ${options.size} bytes is in ${file}; copy it to every node`, {
      file,
      bytes: options.size,
    });
  });
};

/**
 * Writes a new key, with mode 0400. With `force` the old one is there until the new one is whole. Throws a CommandError
 * that says what to do.
 */
export function writeKey(file: string, size: number, force: boolean): void {
  const key = Buffer.alloc(size);
  // With force the new key is made beside the old one and takes its place when it is whole.
  const place = force ? `${file}.${process.pid}` : file;
  try {
    writable(() => mkdirSync(dirname(file), { recursive: true }));
    sodium.randombytes_buf(key);
    if (existsSync(place)) throw existing(place);
    writable(() => writeNew(place, key));
    if (force) writable(() => renameSync(place, file));
  } finally {
    sodium.sodium_memzero(key);
  }
}

function writable(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    const text = `the key cannot be written: ${messageOf(error)}. Be root, or name another file with --key-file`;
    throw new CommandError(CommandExit.FAILED, text);
  }
}

function existing(file: string): CommandError {
  const text = `${file} exists and was not touched: name another with --key-file, or replace it with --force`;
  return new CommandError(CommandExit.FAILED, text);
}

/** Fails if the file is there: it is made for its owner alone, and the mode does not hang on the umask. */
function writeNew(file: string, key: Uint8Array): void {
  const descriptor = openSync(file, 'wx', KEY_MODE);
  try {
    fchmodSync(descriptor, KEY_MODE);
    for (let written = 0; written < key.length;) written += writeSync(descriptor, key, written);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function keySize(text: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || size < LEAST_SIZE || size > MOST_SIZE) {
    throw new InvalidArgumentError(`A key has ${LEAST_SIZE} to ${MOST_SIZE} bytes.`);
  }
  return size;
}
