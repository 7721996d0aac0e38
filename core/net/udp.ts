import type { NativeDestination } from './native.js';
import type { TransportOptions } from './options.js';
import type { Peer } from './transport.js';
import { UdpTransport } from './udp-transport.js';

/** What Corosync asks for on this transport: receiving multicasts, and sending. */
const SOCKET_BUFFER = 1048576;
const TOKEN_PRIORITY = 6;
const BROADCAST_ADDRESS = '255.255.255.255';
/** The group is the first destination; the peers follow. */
const GROUP = 0;

/**
 * Transport `udp`: multicasts go to a group (or are broadcast) and are received on a socket of their own; tokens go to
 * the peer's address:port. Both are sent from the port below.
 */
export class UdpMulticastTransport extends UdpTransport {
  private readonly group: string;
  private groupSocket = 0;

  constructor(options: TransportOptions) {
    if (options.broadcast !== true && options.mcastAddress === undefined) {
      throw new TypeError('Transport udp needs a multicast address; set totem.interface.mcastaddr or broadcast: yes.');
    }
    super(options);
    this.group = options.broadcast === true ? BROADCAST_ADDRESS : options.mcastAddress!;
    this.multicastTo = GROUP;
  }

  async bindSockets(): Promise<void> {
    const { localAddress, port, broadcast = false } = this.options;
    this.groupSocket = await this.bindSocket({
      address: this.group,
      port,
      role: 'data',
      reuseAddress: true,
      broadcast,
      receiveBuffer: SOCKET_BUFFER,
    });
    const sender = await this.bindSocket({
      address: localAddress,
      port: port - 1,
      role: 'send',
      reuseAddress: true,
      broadcast,
      sendBuffer: SOCKET_BUFFER,
    });
    this.multicastSocket = sender;
    this.unicastSocket = sender;
    await this.bindSocket({
      address: localAddress,
      port,
      role: 'token',
      reuseAddress: true,
      priority: TOKEN_PRIORITY,
    });
    // Broadcasts come back from the kernel, as do multicasts on the loopback interface; the loop inside has them already.
    this.endpoints.dropOwn(localAddress, port - 1);
    if (!broadcast) this.useInterface();
  }

  protected destinationsFor(peers: readonly Peer[], unicast: Map<number, number>): NativeDestination[] {
    const { localAddress, port } = this.options;
    const destinations = [{ address: this.group, port, inAll: false, scopeOf: localAddress }];
    for (const peer of peers) {
      unicast.set(peer.nodeId, destinations.length);
      destinations.push({ address: peer.address, port, inAll: false, scopeOf: localAddress });
    }
    return destinations;
  }

  protected interfaceReturned(): void {
    if (this.options.broadcast === true) return;
    try {
      this.endpoints.leaveGroup(this.groupSocket, this.group, this.options.localAddress);
    } catch {
      // The membership went with the interface.
    }
    this.useInterface();
  }

  protected get peersOnly(): boolean {
    return false;
  }

  private useInterface(): void {
    const { localAddress, ttl = 1 } = this.options;
    this.endpoints.setMulticast(this.multicastSocket, localAddress, ttl, false);
    this.endpoints.joinGroup(this.groupSocket, this.group, localAddress);
  }
}
