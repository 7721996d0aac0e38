import { openQuorum } from '../../../quorum.js';
import { formatTime } from '../../../log/line.js';
import { followService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import { show } from '../options.js';
import type { CountOption, JsonOption } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { decisions } from './decisions.js';
import { pictureOf, statusLines } from './picture.js';
import type { PictureOptions } from './picture.js';

/** Prints quorum now and after each decision about it. */
export async function watchQuorum(
  choice: DaemonChoice,
  options: PictureOptions & JsonOption & CountOption,
  here: Surroundings,
  stop: AbortSignal,
): Promise<void> {
  await followService(choice, openQuorum, async (client) => {
    const provided = (await client.type()) === 'set';
    const events = await client.track();
    const end = (): void => void events.return();
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) return;
    let shown = 0;
    for await (const decision of decisions(events, provided)) {
      const picture = await pictureOf(choice, decision);
      const heading = here.style.bold(`${shown === 0 ? '' : '\n'}${formatTime(Date.now(), 'on')}`);
      show(here, options, picture, () => [heading, ...statusLines(picture, options, here.style)].join('\n'));
      if (++shown === options.count) break;
    }
    stop.removeEventListener('abort', end);
  });
}
