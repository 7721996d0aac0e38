import type { Clock } from '../base/clock.js';
import type { Entropy } from '../base/entropy.js';
import type { ServiceConnection } from '../base/service-connection.js';
import type { LibraryBindings } from '../sdk/ais/library.js';

/**
 * A program on one node of a simulated cluster, as far as client libraries see it: its connections, virtual time, and a
 * chance of its own. Give it to a library as its bindings.
 */
export class SimulatedProgram implements LibraryBindings {
  private readonly connections: ServiceConnection[] = [];

  constructor(
    private readonly open: (service: string) => ServiceConnection,
    readonly clock: Clock,
    readonly entropy: Entropy,
  ) {}

  readonly connect = async (service: string): Promise<ServiceConnection> => {
    const connection = this.open(service);
    this.connections.push(connection);
    return connection;
  };

  /** The program dies without a word: its connections end, nothing is finalized. */
  kill(): void {
    for (const connection of this.connections.splice(0)) connection.close();
  }
}
