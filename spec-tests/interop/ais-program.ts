/** What the programs of the failure tests share. Times are of the machine's monotonic clock, which all of its processes share. */
import { setTimeout } from 'node:timers/promises';
import type { SaError } from 'chorale/sdk';

const RETRY_MS = 50;
/** How a program learns that the service is gone: the library handle says the first, what was opened through it the second. */
const GONE = ['SA_AIS_ERR_LIBRARY', 'SA_AIS_ERR_BAD_HANDLE'];
/** The service is not there yet. */
const LATER = ['SA_AIS_ERR_LIBRARY', 'SA_AIS_ERR_TRY_AGAIN', 'SA_AIS_ERR_NOT_SUPPORTED'];

export function say(...words: readonly (string | number | bigint)[]): void {
  process.stdout.write(`${words.join(' ')}\n`);
}

/** Milliseconds. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/**
 * Works without end: `work` makes a library handle, calls `ready`, and uses the handle. The program says `ready` then, and `lost
 * TIME` when the service goes, with its daemon, and begins anew as soon as it is there again.
 */
export async function forever(work: (ready: () => void) => Promise<void>): Promise<never> {
  for (;;) {
    let began = false;
    try {
      await work(() => {
        began = true;
        say('ready');
      });
    } catch (thrown) {
      const { spec = '' } = thrown as Partial<SaError>;
      if (!(began ? GONE : LATER).includes(spec)) throw thrown;
      if (began) say('lost', now());
      await setTimeout(RETRY_MS);
    }
  }
}
