import type { TransportOptions } from './options.js';
import type { Transport } from './transport.js';
import type { UdpTransport } from './udp-transport.js';
import { UdpMulticastTransport } from './udp.js';
import { UdpuTransport } from './udpu.js';

/**
 * Binds the sockets of one node; resolves once all are bound. Nothing is received before `open` is called on the result.
 * Rejects with an Error that says what to do if a socket cannot be bound after all attempts (5.5 s by default).
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const transport: UdpTransport =
    options.transport === 'udpu' ? new UdpuTransport(options) : new UdpMulticastTransport(options);
  try {
    await transport.bindSockets();
    transport.setPeers(options.peers);
  } catch (error) {
    transport.close();
    throw error;
  }
  return transport;
}
