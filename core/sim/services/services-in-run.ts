import type { Plugin } from '../../host/plugin.js';
import type { Property } from '../checker/violation.js';
import type { ServiceTraffic } from '../plan.js';
import type { Recorder } from '../recorder.js';
import type { Scheduler } from '../scheduler.js';
import type { ServiceLife, ServiceLog, ServiceRun, ServiceUsers, SimService } from './service-load.js';

/** The services that a plan names, and their clients on all nodes. */
export class ServicesInRun {
  private readonly running = new Map<string, { service: SimService; run: ServiceRun }>();
  /** By entry of the plan: the clients of the node's present life. */
  private readonly users: (ServiceUsers | undefined)[];
  /** The process of each entry's node. */
  private readonly processes: number[];
  private ended: ReadonlySet<number> | undefined;

  /** Throws an Error if the plan names a service that is not known. */
  constructor(
    private readonly traffic: readonly ServiceTraffic[],
    known: readonly SimService[],
    private readonly recorder: Recorder,
    private readonly scheduler: Scheduler,
    nodeIds: readonly number[],
  ) {
    this.users = traffic.map(() => undefined);
    this.processes = traffic.map(() => -1);
    const log = this.makeLog();
    for (const { service: name } of traffic) {
      if (this.running.has(name)) continue;
      const service = known.find((one) => one.name === name);
      if (service === undefined) {
        const names = known.map((one) => one.name).join(', ');
        throw new Error(`the plan has clients of "${name}", which the simulator does not know (it knows ${names})`);
      }
      this.running.set(name, { service, run: service.begin(log, nodeIds) });
    }
  }

  get properties(): Property[] {
    return [...this.running.values()].flatMap(({ run }) => run.properties);
  }

  /** What each node runs. */
  plugins(nodeId: number, nodeIds: readonly number[]): Plugin[] {
    return [...this.running.values()].flatMap(({ service }) => service.plugins(nodeId, nodeIds));
  }

  /** A node begins a life. */
  begin(position: number, life: ServiceLife): void {
    for (const [i, traffic] of this.traffic.entries()) {
      if (traffic.node !== position) continue;
      const { run } = this.running.get(traffic.service)!;
      this.users[i] = run.users({ ...life, random: life.random.split(`entry ${i}`) }, traffic);
      this.processes[i] = life.process.index;
    }
  }

  /** The clients of an entry do one more thing. */
  act(entry: number): void {
    this.users[entry]?.act();
  }

  /** Some client that runs waits for something. */
  get waiting(): boolean {
    return this.users.some((users, i) => users !== undefined && users.pending > 0 && this.isAlive(this.processes[i]!));
  }

  /** Some client that runs has to have its turn before time goes on. */
  get inTurns(): boolean {
    return this.users.some((users, i) => users?.inTurns === true && this.isAlive(this.processes[i]!));
  }

  /** The run is over: who runs now has lived to its end. */
  end(): void {
    this.ended = new Set(this.recorder.processes.map(({ index }) => index).filter((index) => this.isAlive(index)));
    for (const { run } of this.running.values()) run.end?.();
  }

  private isAlive(process: number): boolean {
    return this.ended?.has(process) ?? this.recorder.isRunning(process);
  }

  private makeLog(): ServiceLog {
    const { recorder, scheduler } = this;
    return {
      get now() {
        return scheduler.now;
      },
      ringName: (ringId) => recorder.ringName(ringId),
      saw: (process, text) => recorder.saw(process, text),
      isAlive: (process) => this.isAlive(process),
      problem: (property, text) => recorder.problem(property, text),
    };
  }
}
