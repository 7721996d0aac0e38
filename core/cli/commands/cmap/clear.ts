import { openCmap } from '../../../cmap.js';
import { CommandError, withService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import { CommandExit } from '../exit-codes.js';

/** What can be cleared apart. */
export const CLEARABLE = ['knet', 'ipc', 'totem', 'schedmiss', 'all'] as const;

/** Counters begin at 0 again. Rejects with a CommandError. */
export async function clearStatistics(choice: DaemonChoice, what: string): Promise<void> {
  if (!CLEARABLE.some((known) => known === what)) {
    throw new CommandError(CommandExit.USAGE, `${what} cannot be cleared: use one of ${CLEARABLE.join(', ')}`);
  }
  await withService(
    choice,
    (where) => openCmap({ ...where, map: 'stats' }),
    (client) => client.set(`stats.clear.${what}`, 'u32', 1),
  );
}
