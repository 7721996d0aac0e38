import { TrackEvent } from '../../services/cmap/index.js';
import type { Icmap } from '../../services/cmap/index.js';

/** What clients set off by writing to a key. */
export interface Triggers {
  /** Writes the node's state to the log. */
  dumpState(): void;
  /** Says in the log where the flight recorder's file is. */
  dumpFlightData(): void;
  /** Forms the ring anew. */
  reform(): void;
}

const DUMP_FLIGHT_DATA = 'runtime.blackbox.dump_flight_data';
const DUMP_STATE = 'runtime.blackbox.dump_state';
const FORCE_GATHER = 'runtime.force_gather';

/** Keys that do something when they change. As in Corosync only `runtime.force_gather` goes back to `no`. */
export function showTriggers(map: Icmap, triggers: Triggers): void {
  for (const key of [DUMP_FLIGHT_DATA, DUMP_STATE, FORCE_GATHER]) map.setString(key, 'no');
  map.track(DUMP_FLIGHT_DATA, TrackEvent.MODIFY, () => triggers.dumpFlightData());
  map.track(DUMP_STATE, TrackEvent.MODIFY, () => triggers.dumpState());
  map.track(FORCE_GATHER, TrackEvent.MODIFY, () => {
    if (map.string(FORCE_GATHER) === 'no') return;
    map.setString(FORCE_GATHER, 'no');
    triggers.reform();
  });
}
