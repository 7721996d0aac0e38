import type { Clock } from '../../base/clock.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import type { Peer } from '../../net/transport.js';
import type { Configuration } from '../../totem/ring.js';
import type { RingParameters } from '../../totem/srp/parameters.js';
import type { ClientGate, Credentials } from '../client-hub.js';
import { ClockScope } from '../clock-scope.js';
import { connectLocally } from '../local-connection.js';
import { ChoraleNode } from '../node.js';
import type { NodeBindings } from '../node.js';
import type { FlightRecorder } from './flight-recorder.js';
import { Tag, toJson } from './format.js';
import { RecordingClients } from './recording-clients.js';
import { RecordingEntropy, RecordingStore } from './recording-store.js';
import { RecordingTransport } from './recording-transport.js';

/**
 * A node whose inputs are recorded. It is built from the same bindings as any other; whoever holds it enters it by its own
 * methods and by `clients`. What is done to `host` directly has to be a `command` of the recorder.
 */
export class RecordedNode extends ChoraleNode {
  private readonly recording: RecordingClients;
  private readonly configurationFollowers: ((configuration: Configuration) => void)[] = [];
  private readonly synchronizedFollowers: (() => void)[] = [];
  /** For connections in this process, which are no part of the node. */
  private readonly outside: ClockScope;

  constructor(
    bindings: NodeBindings,
    private readonly recorder: FlightRecorder,
  ) {
    super(recorded(bindings, recorder));
    this.recording = new RecordingClients(this.hub, recorder);
    this.outside = new ClockScope(bindings.clock);
    super.onConfiguration((configuration) => {
      recorder.configured(configuration);
      recorder.out(() => this.configurationFollowers.forEach((follow) => follow(configuration)));
    });
    super.onSynchronized(() => recorder.out(() => this.synchronizedFollowers.forEach((follow) => follow())));
    recorder.end();
  }

  override start(): void {
    this.entered(Tag.START, () => super.start());
  }

  override leave(): Promise<void> {
    return this.entered(Tag.LEAVE, () => super.leave());
  }

  protected override farewell(): void {
    // Within `leave` if there was nothing to say; otherwise on a turn of its own.
    if (this.recorder.asking) this.recorder.out(() => this.lastStep());
    else this.lastStep();
  }

  override crash(): void {
    this.entered(Tag.CRASH, () => super.crash());
    this.outside.close();
  }

  override reconfigure(peers: readonly Peer[], parameters: RingParameters): void {
    const fields = (): void => this.recorder.text(toJson({ peers, parameters }));
    this.recorder.input(Tag.RECONFIGURE, fields, () => super.reconfigure(peers, parameters));
  }

  override reform(): void {
    this.entered(Tag.REFORM, () => super.reform());
  }

  override get clients(): ClientGate {
    return this.recording;
  }

  override connect(service: string, credentials: Credentials = { pid: 0, uid: 0, gid: 0 }): ServiceConnection {
    return connectLocally(this.recording, service, credentials, this.outside);
  }

  override onConfiguration(listener: (configuration: Configuration) => void): void {
    this.configurationFollowers.push(listener);
  }

  override onSynchronized(listener: () => void): void {
    this.synchronizedFollowers.push(listener);
  }

  override dump(): Record<string, unknown> {
    return { ...super.dump(), recorder: this.recorder.status };
  }

  private lastStep(): void {
    this.entered(Tag.FAREWELL, () => super.farewell());
    this.outside.close();
  }

  private entered<T>(tag: number, call: () => T): T {
    return this.recorder.input(tag, () => undefined, call);
  }
}

/** The bindings behind the recorder, whose `end` is due when the node is made. */
function recorded(bindings: NodeBindings, recorder: FlightRecorder): NodeBindings {
  const { fatal } = bindings;
  recorder.beginConstruction();
  return {
    ...bindings,
    transport: new RecordingTransport(bindings.transport, recorder),
    clock: recorder.clock satisfies Clock,
    entropy: new RecordingEntropy(bindings.entropy, recorder),
    store: new RecordingStore(bindings.store, recorder),
    fatal: (error) => recorder.out(() => fatal?.(error)),
  };
}
