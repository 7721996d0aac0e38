import { ControlClient } from '../../../ipc/control-client.js';
import type { Overview } from '../../../ipc/overview.js';
import { plainJson } from '../../daemon/state-dump.js';
import { followService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import { statusData } from '../status/status-text.js';
import type { Surroundings } from '../surroundings.js';
import { LiveTop } from './live-top.js';
import type { TopOptions } from './live-top.js';
import { OverviewSource } from './overview-source.js';
import { ratesBetween } from './rates.js';
import { topLine } from './top-view.js';

/** Shows the node again and again until the person has had enough. */
export async function top(choice: DaemonChoice, options: TopOptions, here: Surroundings): Promise<void> {
  const stop = here.untilInterrupted();
  if (here.terminal === undefined || !here.stdin.isTTY || options.json) {
    await topLines(choice, options, here, stop);
    return;
  }
  const source = new OverviewSource(choice);
  try {
    // Without a daemon at the start it ends as every command does.
    const first = await source.next();
    await new LiveTop(source, options, here, here.terminal).run(first, stop);
  } finally {
    source.close();
  }
}

async function topLines(
  choice: DaemonChoice,
  options: TopOptions,
  here: Surroundings,
  stop: AbortSignal,
): Promise<void> {
  await followService(
    choice,
    (where) => ControlClient.connect(where),
    async (control) => {
      let before: Overview | undefined;
      for (let shown = 0; !stop.aborted && shown !== options.count; shown++) {
        if (shown > 0) await pause(options.delay * 1000, stop);
        if (stop.aborted) return;
        const overview = await control.overview();
        const rates = ratesBetween(before, overview);
        before = overview;
        const data = (): object => ({ ...(statusData(overview) as object), perSecond: rates });
        here.out(options.json ? plainJson(data()) : topLine(overview, rates));
      }
    },
  );
}

/** Resolves after a time, or when there is no more reason to wait. */
export function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    stop.addEventListener('abort', over);
    if (stop.aborted) over();
  });
}
