import { nodeClock } from '../host/bindings/node-clock.js';
import { NodeEntropy } from '../host/bindings/node-entropy.js';
import type { LibraryBindings } from '../sdk/ais/library.js';
import { connect } from './client.js';
import type { ConnectOptions } from './client.js';

/** What an AIS library needs to work with the daemon on this host. */
export function daemonBindings(options: ConnectOptions = {}): LibraryBindings {
  return {
    connect: (service) => connect(service, options),
    clock: nodeClock,
    entropy: new NodeEntropy(),
  };
}
