import { A_01_01, DispatchFlags, SA_TIME_ONE_MILLISECOND, fromMilliseconds } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import tmrPlugin, { TimeType, TmrLibrary } from '../../plugins/tmr/index.js';
import type { TimerAttributes, Tmr } from '../../plugins/tmr/index.js';
import { AisCluster } from './cluster.js';

export const WILD = 0x1234_5678_9abcn;

const EPOCH = fromMilliseconds(Date.UTC(2026, 0, 1));

/** Milliseconds as an SaTimeT. */
export const ms = (milliseconds: number): SaTime => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;

/** A DURATION timer in milliseconds: "D(t,p)" of the table. */
export const D = (first: number, period = 0): TimerAttributes => ({
  type: TimeType.DURATION,
  initialExpirationTime: ms(first),
  timerPeriodDuration: ms(period),
});

export interface Run {
  readonly id: bigint;
  readonly data: unknown;
  readonly count: bigint;
  /** Milliseconds since the test's time began. */
  readonly at: number;
}

/** A program that has a handle of the timer service on node 1, with a calendar that can be stepped. */
export class TmrProgram {
  readonly runs: Run[] = [];
  readonly library: TmrLibrary;
  tmr!: Tmr;
  /** Called in each callback. */
  inCallback: (run: Run) => void = () => undefined;
  /** By how much the calendar was stepped. */
  stepped: SaTime = 0n;
  private began = 0;

  private constructor(
    readonly ais: AisCluster,
    readonly program: SimulatedProgram,
  ) {
    this.library = new TmrLibrary(program, () => this.calendar);
  }

  static async of(nodes: readonly number[] = [1], start = nodes): Promise<TmrProgram> {
    const ais = await AisCluster.of(nodes, [tmrPlugin], { start });
    const made = new TmrProgram(ais, ais.cluster.program(1));
    made.tmr = await made.initialize();
    made.began = ais.cluster.now;
    return made;
  }

  /** The system's time. */
  get calendar(): SaTime {
    return EPOCH + fromMilliseconds(this.ais.cluster.now) + this.stepped;
  }

  /** "A(t,p)" of the table. */
  A(first: number, period = 0): TimerAttributes {
    return { ...D(first, period), type: TimeType.ABSOLUTE, initialExpirationTime: this.calendar + ms(first) };
  }

  initialize(runs = this.runs): Promise<Tmr> {
    return this.ais.settled(
      this.library.initialize(
        {
          timerExpired: (id, data, count) => {
            const run = { id, data, count, at: Math.round(this.ais.cluster.now - this.began) };
            runs.push(run);
            this.inCallback(run);
          },
        },
        A_01_01,
      ),
    );
  }

  /** Starts a timer; gives its id. */
  start(attributes: TimerAttributes, data: unknown = undefined): bigint {
    return this.tmr.timerStart(attributes, data).timerId;
  }

  get readable(): boolean {
    return this.tmr.selectionObjectGet().readable;
  }

  /** Lets time pass without a dispatch. */
  pass(milliseconds: number): Promise<void> {
    return this.ais.cluster.run(milliseconds);
  }

  dispatch(flags: DispatchFlags = DispatchFlags.ALL): Promise<void> {
    return this.tmr.dispatch(flags);
  }

  /** Lets time pass, dispatching whatever comes at once. */
  async serve(milliseconds: number): Promise<void> {
    for (let i = 0; i < milliseconds; i++) {
      await this.dispatch();
      await this.pass(1);
    }
    await this.dispatch();
  }

  outcome(call: () => unknown): Promise<string> {
    return this.ais.outcome(call);
  }
}
