import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { CmapClient } from '../../../cmap.js';
import { CommandError } from '../context.js';
import { CommandExit } from '../exit-codes.js';
import { plainInput } from './input.js';
import type { TypedInput } from './input.js';
import { removeKeys } from './remove.js';

/** What a line of a key file asks for. */
export type KeyOrder =
  | { readonly kind: 'set'; readonly key: string; readonly input: TypedInput }
  | { readonly kind: 'delete'; readonly key: string; readonly prefix: boolean };

/** Reads a key file whole, `-` is standard input. Rejects with a CommandError that names the line. */
export async function readKeyFile(file: string, stdin: NodeJS.ReadableStream): Promise<KeyOrder[]> {
  let content: string;
  try {
    content = file === '-' ? await text(stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(CommandExit.FAILED, `${(error as Error).message}. Name a file that can be read, or -`);
  }
  const name = file === '-' ? 'standard input' : file;
  return content.split('\n').flatMap((line, i) => orderIn(line, `${name}:${i + 1}`));
}

/** Does what a key file says, in its order. */
export async function loadKeys(
  client: CmapClient,
  orders: readonly KeyOrder[],
): Promise<{ readonly set: number; readonly deleted: number }> {
  let set = 0;
  let deleted = 0;
  for (const order of orders) {
    if (order.kind === 'set') {
      await client.set(order.key, order.input.type, order.input.value);
      set++;
    } else deleted += (await removeKeys(client, [order.key], order.prefix)).length;
  }
  return { set, deleted };
}

function orderIn(line: string, where: string): KeyOrder[] {
  const words = line.trim();
  if (words === '' || words.startsWith('#')) return [];
  const [, carets, key] = /^(\^{0,2})(\S*)/.exec(words)!;
  if (key === '') throw new CommandError(CommandExit.USAGE, `${where}: no key stands there`);
  // What follows the key means nothing then.
  if (carets !== '') return [{ kind: 'delete', key: key!, prefix: carets === '^^' }];
  // The value of text may be empty and may have blanks inside.
  const [, type, value = ''] = /^\S+\s+(\S+)(?:\s(.*))?$/.exec(words) ?? [];
  if (type === undefined)
    throw new CommandError(CommandExit.USAGE, `${where}: write "KEY TYPE VALUE", or "^KEY" to delete`);
  try {
    return [{ kind: 'set', key: key!, input: plainInput(type, value) }];
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(error.exitCode, `${where}: ${error.message}`);
    throw error;
  }
}
