import type { CmapChange, CmapClient, openCmap } from '../../../cmap.js';
import { followService } from '../context.js';
import type { DaemonChoice, Output } from '../context.js';
import { show } from '../options.js';
import type { CountOption, JsonOption } from '../options.js';
import { entryLine, typeText, valueJson } from './entries.js';

export interface WatchOptions extends JsonOption, CountOption {
  readonly prefix?: true;
}

/** Prints each change of keys until `stop` is aborted or enough are printed. */
export async function watchKeys(
  choice: DaemonChoice,
  open: typeof openCmap,
  keys: readonly string[],
  options: WatchOptions,
  output: Output,
  stop: AbortSignal,
): Promise<void> {
  await followService(choice, open, (client) => follow(client, keys, options, output, stop));
}

async function follow(
  client: CmapClient,
  keys: readonly string[],
  options: WatchOptions,
  output: Output,
  stop: AbortSignal,
): Promise<void> {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  let shown = 0;
  const changed = (change: CmapChange): void => {
    if (shown === options.count) return;
    show(output, options, changeJson(change), () => changeText(change));
    if (++shown === options.count) end();
  };
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) return;
  for (const key of keys) await client.onChange(key, changed, { prefix: options.prefix === true });
  const lost = client.ended.then((reason) => {
    if (reason !== undefined) throw reason;
  });
  await Promise.race([over, lost]);
}

function changeText({ kind, key, newValue, oldValue }: CmapChange): string {
  const entry = newValue ?? oldValue;
  return `${wordOf(kind)}> ${entry === undefined ? key : entryLine(key, entry, true)}`;
}

function changeJson({ kind, key, newValue, oldValue }: CmapChange): unknown {
  const type = (newValue ?? oldValue)?.type;
  return {
    kind: wordOf(kind),
    key,
    type: type === undefined ? null : typeText(type),
    value: newValue === undefined ? null : valueJson(newValue),
    old: oldValue === undefined ? null : valueJson(oldValue),
  };
}

/** As corosync-cmapctl says. */
function wordOf(kind: CmapChange['kind']): string {
  return kind === 'add' ? 'create' : kind;
}
