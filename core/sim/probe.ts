import type { MessageView } from '../base/message-view.js';
import { definePlugin } from '../host/plugin.js';
import type { Plugin } from '../host/plugin.js';
import { HEADER_BYTES } from '../host/router.js';
import type { ServiceEngine, ServiceRing } from '../host/service-engine.js';
import type { SyncParticipant } from '../sync/participant.js';
import type { Configuration, RingId } from '../totem/ring.js';
import { Digest } from './digest.js';
import { decodeProbeMessage, encodeProbeMessage, PROBE_HEADER_BYTES } from './probe-message.js';
import type { Recorder } from './recorder.js';

/** The last of the ids for own services. */
export const PROBE_SERVICE_ID = 63;
const APPLICATION = 0;
const STATE = 1;
/** Ring sequence as a float, count, digest in hexadecimal. */
const STATE_BYTES = 32;
/** Messages that wait for room on the ring. More are not sent at all. */
const BACKLOG_MOST = 2000;

/** The replicated state: everything ordinary that was delivered, as a number and a fingerprint. */
interface State {
  readonly count: number;
  readonly digest: string;
}

/** What a probe tells its surroundings. */
export interface ProbeListener {
  /** At a configuration event, or when services are synchronized: time for a burst. */
  changed(moment: 'transitional' | 'regular' | 'synchronized'): void;
}

/**
 * The service that a simulated node runs to see what services see. It sends what the workload asks for, writes down
 * everything it is given, and replicates a state of its own, which is synchronized after each change, the way a real
 * service does.
 */
export class Probe implements ServiceEngine {
  readonly name = 'probe';
  readonly id = PROBE_SERVICE_ID;
  readonly priority = 60;
  readonly version = 1;
  readonly messages = [
    (message: MessageView, sender: number) => this.messageDelivered(message, sender),
    (message: MessageView, sender: number) => this.stateDelivered(message, sender),
  ];
  readonly sync: SyncParticipant;
  private readonly backlog: { bytes: number; safe: boolean }[] = [];
  private waitingForRoom = false;
  /** Of this process. 0: before the first. */
  private configurations = 0;
  private ring = '';
  private delivered = 0;
  private readonly digest = new Digest();
  /** The state was made the same on all members of the ring that the last regular configuration named. */
  private agreed = false;
  private synchronizing:
    { ring: string; seq: number; members: readonly number[]; states: Map<number, State> } | undefined;

  constructor(
    private readonly serviceRing: ServiceRing,
    private readonly recorder: Recorder,
    private readonly process: number,
    private readonly listener: ProbeListener,
  ) {
    this.sync = {
      id: PROBE_SERVICE_ID,
      name: this.name,
      syncInit: (_transitional, members, ringId) => this.syncInit(members, ringId),
      syncProcess: () => this.syncProcess(),
      syncActivate: () => this.syncActivate(),
      syncAbort: () => (this.synchronizing = undefined),
    };
  }

  /** Sends a message of at least PROBE_HEADER_BYTES as soon as the ring takes it; not at all if too many wait. */
  send(bytes: number, safe: boolean): void {
    if (this.backlog.length >= BACKLOG_MOST) return;
    this.backlog.push({ bytes, safe });
    this.pump();
  }

  /** Sends one at once, also while services are being synchronized; false if the ring does not take it. */
  sendNow(bytes: number, safe: boolean): boolean {
    const stream = this.serviceRing.synchronizing ? 1 + this.configurations : 0;
    return this.multicast(APPLICATION, bytes, safe, stream);
  }

  /** The services are synchronized: what waited goes. */
  synchronized(): void {
    this.listener.changed('synchronized');
    this.pump();
  }

  configurationChanged(configuration: Configuration): void {
    const { recorder, process } = this;
    if (configuration.kind === 'regular') {
      const ring = recorder.ringName(configuration.ringId);
      if (this.agreed) recorder.mark(process, `state from ring ${this.ring} into ${ring}`, this.text(this.state));
      this.ring = ring;
      this.agreed = false;
      this.configurations++;
    }
    recorder.installed(process, configuration);
    this.listener.changed(configuration.kind);
  }

  dump(): unknown {
    return { ring: this.ring, state: this.state, waiting: this.backlog.length };
  }

  private pump(): void {
    if (this.waitingForRoom) return;
    while (this.backlog.length > 0 && !this.serviceRing.synchronizing) {
      const { bytes, safe } = this.backlog[0]!;
      if (!this.multicast(APPLICATION, bytes, safe, 0)) {
        this.waitingForRoom = true;
        this.serviceRing.whenRoom(() => {
          this.waitingForRoom = false;
          this.pump();
        });
        return;
      }
      this.backlog.shift();
    }
  }

  private multicast(fn: number, bytes: number, safe: boolean, stream: number, body?: Uint8Array): boolean {
    const { recorder, process } = this;
    const message = encodeProbeMessage(recorder.nextMessage, process, bytes, body);
    if (!this.serviceRing.multicast(fn, [message], safe ? 1 : 0)) return false;
    recorder.queued(process, safe, stream, bytes);
    return true;
  }

  private get state(): State {
    return { count: this.delivered, digest: this.digest.hex };
  }

  private messageDelivered(view: MessageView, from: number): void {
    const message = this.record(view, from, 0);
    if (message < 0 || this.recorder.messages[message]!.stream !== 0) return;
    this.digest.word(message);
    this.delivered++;
  }

  private record(view: MessageView, from: number, bodyBytes: number): number {
    const { recorder, process } = this;
    const found = decodeProbeMessage(view, HEADER_BYTES, bodyBytes);
    const sent = found && recorder.messages[found.message];
    if (found === undefined || sent === undefined) {
      recorder.delivered(process, -1, from, `${view.length} bytes`);
      return -1;
    }
    const damage = sent.sender === found.process ? found.damage : `it says process ${found.process} sent it`;
    recorder.delivered(process, found.message, from, damage);
    return found.message;
  }

  // Synchronization: everybody tells its state, and all take the longest.

  private syncInit(members: readonly number[], ringId: RingId): void {
    const ring = this.recorder.ringName(ringId);
    this.synchronizing = { ring, seq: ringId.seq, members, states: new Map() };
  }

  private syncProcess(): boolean {
    const body = new Uint8Array(STATE_BYTES);
    const view = new DataView(body.buffer);
    view.setFloat64(0, this.synchronizing!.seq, true);
    const { count, digest } = this.state;
    view.setUint32(8, count, true);
    for (let i = 0; i < digest.length; i++) body[12 + i] = digest.charCodeAt(i);
    return this.multicast(STATE, PROBE_HEADER_BYTES + STATE_BYTES, false, 1 + this.configurations, body);
  }

  private stateDelivered(view: MessageView, from: number): void {
    if (this.record(view, from, STATE_BYTES) < 0) return;
    const body = view.copy(HEADER_BYTES + PROBE_HEADER_BYTES, STATE_BYTES);
    const fields = new DataView(body.buffer);
    // One that was sent in a synchronization that was interrupted is over.
    if (this.synchronizing === undefined || fields.getFloat64(0, true) !== this.synchronizing.seq) return;
    const digest = String.fromCharCode(...body.subarray(12, 28));
    this.synchronizing.states.set(from, { count: fields.getUint32(8, true), digest });
  }

  private syncActivate(): void {
    const { recorder, process } = this;
    const { ring, members, states } = this.synchronizing!;
    this.synchronizing = undefined;
    const missing = members.filter((member) => !states.has(member));
    if (missing.length > 0) {
      const node = recorder.processes[process]!.nodeId;
      recorder.problem(
        'synchronization is complete',
        `node ${node} was synchronized in ring ${ring} without the state of node ${missing.join(' ')}`,
      );
    }
    const told = members.map((member) => `${member}: ${states.has(member) ? this.text(states.get(member)!) : '-'}`);
    recorder.mark(process, `synchronization of ring ${ring}`, told.join(', '));
    const longest = [...states.values()].reduce((best, state) => (isLonger(state, best) ? state : best), this.state);
    this.delivered = longest.count;
    this.digest.resume(longest.digest);
    this.agreed = true;
  }

  private text({ count, digest }: State): string {
    return `${count} ${digest}`;
  }
}

function isLonger(a: State, b: State): boolean {
  return a.count > b.count || (a.count === b.count && a.digest > b.digest);
}

/** The probe as a plugin of a node; `made` gets the engine. */
export function probePlugin(make: (ring: ServiceRing) => Probe): Plugin {
  return definePlugin({
    name: 'probe',
    version: '1.0.0',
    sdk: 1,
    service: { id: PROBE_SERVICE_ID, name: 'probe' },
    create: ({ ring }) => make(ring),
  });
}
