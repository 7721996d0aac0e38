import type { NativeDestination, UdpAddon } from './native.js';
import { ALL_DESTINATIONS } from './native.js';
import type { TransportOptions } from './options.js';
import type { Peer } from './transport.js';
import { UdpTransport } from './udp-transport.js';

/** What Corosync asks for on this transport, either way. */
const SOCKET_BUFFER = 2179072;
const TOKEN_PRIORITY = 6;

/**
 * Transport `udpu`: a multicast is one datagram for each peer, from a port of its own; tokens and everything received go
 * through the socket at address:port. One queue for both keeps a token behind the multicasts sent before it.
 */
export class UdpuTransport extends UdpTransport {
  /** `native`: what stands in for the addon in a rehearsal. */
  constructor(options: TransportOptions, native?: UdpAddon) {
    super(options, native);
    this.multicastTo = ALL_DESTINATIONS;
  }

  async bindSockets(): Promise<void> {
    const { localAddress, port } = this.options;
    this.unicastSocket = await this.bindSocket({
      address: localAddress,
      port,
      role: 'data',
      priority: TOKEN_PRIORITY,
      receiveBuffer: SOCKET_BUFFER,
    });
    this.multicastSocket = await this.bindSocket({
      address: localAddress,
      port: 0,
      role: 'send',
      sendBuffer: SOCKET_BUFFER,
    });
  }

  protected destinationsFor(peers: readonly Peer[], unicast: Map<number, number>): NativeDestination[] {
    const { localAddress, port } = this.options;
    return peers.map((peer, place) => {
      unicast.set(peer.nodeId, place);
      return { address: peer.address, port, inAll: true, scopeOf: localAddress };
    });
  }

  protected interfaceReturned(): void {
    // Sockets bound to an address work again as soon as it is back.
  }

  protected get peersOnly(): boolean {
    return this.options.blockUnlistedIps;
  }
}
