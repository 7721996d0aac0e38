import type { Plugin } from 'chorale/sdk';
import type { Clock, Timer } from '../../core/base/clock.js';
import { cmapPlugin, Icmap, StatisticsMap, ValueType } from '../../core/services/cmap/index.js';
import { quorumPlugin } from '../../core/services/quorum/index.js';
import { votequorumPlugin } from '../../core/services/votequorum/index.js';

/** How many votes each node has. */
export type Votes = ReadonlyMap<number, number>;

/** Quorum by votes, and the map that it is configured in, for a node of a simulated cluster. */
export function quorumPlugins(nodeId: number, votes: Votes): Plugin[] {
  const map = new Icmap();
  for (const [position, [id, count]] of [...votes].entries()) {
    map.setNumber(`nodelist.node.${position}.nodeid`, ValueType.U32, id);
    map.setNumber(`nodelist.node.${position}.quorum_votes`, ValueType.U32, count);
    if (id === nodeId) map.setNumber('nodelist.local_node_pos', ValueType.U32, position);
  }
  map.setString('quorum.provider', 'corosync_votequorum');
  const statistics = new StatisticsMap(noClock, () => undefined);
  return [
    cmapPlugin({ map, statistics, entries: [], addressOf: String, shutdown: () => undefined }),
    quorumPlugin(true),
    votequorumPlugin(),
  ];
}

/** There are no statistics to look at from time to time. */
const noClock: Clock = {
  now: () => 0,
  timer: (): Timer => ({ running: false, start: () => undefined, stop: () => undefined }),
};
