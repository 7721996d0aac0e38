import type { Client, PluginContext, ServiceEngine } from 'chorale/sdk';
import { SERVICE } from './operations.js';

/**
 * The node's side of the timer service. Timers run in the programs, so there is nothing to ask and nothing to replicate: it
 * knows which handles there are, and its end is theirs.
 */
export class TmrEngine implements ServiceEngine {
  readonly id = SERVICE.id;
  readonly name = SERVICE.name;
  readonly priority = SERVICE.id;
  readonly version = 0;
  readonly messages = [];
  /** There are clients, but no request. */
  readonly requests = [undefined];
  private readonly clients = new Set<Client>();

  constructor(private readonly context: PluginContext) {}

  clientConnected(client: Client): void {
    this.clients.add(client);
  }

  clientDisconnected(client: Client): void {
    this.clients.delete(client);
  }

  /** `handles`: how many library handles each process of this node has, by pid. */
  dump(): unknown {
    const handles: Record<number, number> = {};
    for (const { pid } of this.clients) handles[pid] = (handles[pid] ?? 0) + 1;
    return { node: this.context.nodeId, handles };
  }
}
