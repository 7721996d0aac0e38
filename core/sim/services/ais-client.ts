import { SaError } from '../../sdk/ais/error.js';
import { SimulatedProgram } from '../program.js';
import type { ServiceLife, ServiceLog } from './service-load.js';

/** What a client has asked for and waits for. */
export interface AisWaiting {
  readonly process: number;
  readonly who: string;
  readonly what: string;
  readonly at: number;
}

/** What the clients of all AIS services share in a run. */
export class AisLog {
  readonly waiting = new Set<AisWaiting>();
  /** The last number that a client gave to something it sent. */
  lastNumber = 0;

  constructor(readonly log: ServiceLog) {}
}

/**
 * A client of one AIS service in the process of a node's life: it connects when the node takes clients, and then does one
 * thing after the other. What is refused is a violation, but for what each request may well be refused with.
 */
export abstract class AisClient<H> {
  pending = 0;
  protected handle: H | undefined;
  private connecting = false;
  protected readonly program: SimulatedProgram;

  constructor(
    readonly service: string,
    protected readonly life: ServiceLife,
    protected readonly shared: AisLog,
  ) {
    this.program = new SimulatedProgram(
      (name) => life.node.connect(name),
      life.clock,
      life.random.split(`program ${service}`),
    );
  }

  act(): void {
    if (this.life.node.state === 'left') return;
    if (this.handle !== undefined) this.next(this.handle);
    else if (!this.connecting) this.connect();
  }

  protected abstract initialize(): Promise<H>;
  /** What comes before anything else: it opens what it uses. */
  protected abstract begin(handle: H): void;
  protected abstract next(handle: H): void;

  /** Follows a call. `mayFail`: the errors that it may end with, without SA_AIS_ERR_. */
  protected follow<T>(work: Promise<T>, what: string, mayFail: readonly string[], done?: (result: T) => void): void {
    const { process } = this.life;
    const { waiting, log } = this.shared;
    const entry = { process: process.index, who: this.name, what, at: log.now };
    this.pending++;
    waiting.add(entry);
    const settled = (): void => {
      this.pending--;
      waiting.delete(entry);
    };
    work.then(
      (result) => {
        settled();
        log.saw(process.index, `${this.service} ${what}`);
        done?.(result);
      },
      (error: unknown) => {
        settled();
        const name = error instanceof SaError ? error.spec.replace('SA_AIS_ERR_', '') : String(error);
        log.saw(process.index, `${this.service} ${what} ${name}`);
        if (mayFail.includes(name) || !log.isAlive(process.index) || this.life.node.state === 'left') return;
        this.problem(`cannot ${what}: ${(error as Error).message}`);
      },
    );
  }

  protected saw(text: string): void {
    this.shared.log.saw(this.life.process.index, `${this.service} ${text}`);
  }

  protected problem(text: string): void {
    this.shared.log.problem('ais: clients are served', `${this.name} ${text}`);
  }

  protected get name(): string {
    return `the ${this.service} client of node ${this.life.process.nodeId}`;
  }

  private connect(): void {
    this.connecting = true;
    this.pending++;
    this.initialize().then(
      (handle) => {
        this.pending--;
        this.connecting = false;
        this.handle = handle;
        this.begin(handle);
      },
      () => {
        // The node takes no clients yet; the next act tries again.
        this.pending--;
        this.connecting = false;
      },
    );
  }
}
