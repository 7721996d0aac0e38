import type { CmapClient } from '../../../cmap.js';

/** Deletes keys, or all that begin with them; resolves to the names of those deleted. */
export async function removeKeys(client: CmapClient, keys: readonly string[], prefix: boolean): Promise<string[]> {
  const deleted: string[] = [];
  for (const key of keys) {
    const names = prefix ? await keysBelow(client, key) : [key];
    for (const name of names) {
      await client.delete(name);
      deleted.push(name);
    }
  }
  return deleted;
}

/** First all names, then the changes: an iteration may miss keys while others go. */
async function keysBelow(client: CmapClient, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of client.keys(prefix)) names.push(key);
  return names;
}
