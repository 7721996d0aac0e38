import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CsError, CsErrorCode } from '../base/errors.js';
import { ENVIRONMENT } from './channel.js';
import type { FromSupervisor, Supervised, ToSupervisor } from './channel.js';

/** Time between a warning and the end, where no interval is given. */
const USUAL_GRACE_MS = 1000;

/** What is done when the process fails. */
export type RecoveryPolicy = 'quit' | 'restart';

/** States of a supervised process, as cmap shows them. */
export type SamState = 'stopped' | 'running' | 'failed' | 'waiting for quorum';

/** Whether this node is quorate, now and as it changes. */
export interface QuorumView {
  readonly quorate: boolean;
  /** Called at each change. */
  onChange(listener: () => void): void;
  close(): void;
}

/** Where the process is shown to others: `resources.process.PID.*`. */
export interface ProcessKeys {
  recovery(policy: RecoveryPolicy, intervalMs: number): Promise<void>;
  state(state: SamState): Promise<void>;
  updated(): Promise<void>;
  remove(): Promise<void>;
  close(): void;
}

export interface SupervisorOptions {
  /** The program, its arguments, and Node's own. */
  readonly program: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  /** Longest time between heartbeats; 0: only the end of the process counts. */
  readonly intervalMs: number;
  readonly recovery: RecoveryPolicy;
  readonly quorum: QuorumView | undefined;
  readonly keys: ProcessKeys | undefined;
}

/** How one instance ended. */
interface InstanceEnd {
  readonly exitCode: number;
  /** It ended while it should have run, or was killed: not because it was done. */
  readonly failed: boolean;
}

/** Starts a program, watches it, and starts it again when it fails. */
export class Supervisor {
  private recovery: RecoveryPolicy;
  private instance = 0;
  private data: Uint8Array | undefined;
  private warnSignal: NodeJS.Signals = 'SIGTERM';
  private current: Instance | undefined;

  constructor(private readonly options: SupervisorOptions) {
    this.recovery = options.recovery;
    options.quorum?.onChange(() => this.current?.quorumChanged());
  }

  /** Resolves to the program's exit code when it is not started again. Rejects with a CsError if it cannot be started. */
  async run(): Promise<number> {
    const { keys, quorum, intervalMs } = this.options;
    try {
      await keys?.recovery(this.recovery, intervalMs);
      for (;;) {
        await keys?.state('stopped');
        const { exitCode, failed } = await this.runOnce();
        if (failed && this.recovery === 'restart') continue;
        if (failed) await keys?.state('failed');
        else await keys?.remove();
        return exitCode;
      }
    } finally {
      keys?.close();
      quorum?.close();
    }
  }

  private async runOnce(): Promise<InstanceEnd> {
    const { program, args, execArgv, intervalMs, keys, quorum } = this.options;
    const supervised: Supervised = {
      instance: ++this.instance,
      intervalMs,
      cmap: keys !== undefined,
      ...(this.data === undefined ? {} : { data: Buffer.from(this.data).toString('base64') }),
    };
    const child = fork(program, args, {
      execArgv: [...execArgv],
      env: { ...process.env, [ENVIRONMENT]: JSON.stringify(supervised) },
      serialization: 'advanced',
    });
    const instance = new Instance(child, intervalMs, quorum, keys, {
      store: (data) => (this.data = data),
      warnWith: (signal) => (this.warnSignal = signal),
      warning: () => this.warnSignal,
      giveUp: () => (this.recovery = 'quit'),
    });
    this.current = instance;
    try {
      return await instance.ended();
    } finally {
      this.current = undefined;
    }
  }
}

interface InstanceEffects {
  store(data: Uint8Array | undefined): void;
  warnWith(signal: NodeJS.Signals): void;
  warning(): NodeJS.Signals;
  /** It is not to be started again. */
  giveUp(): void;
}

/** One life of the program. */
class Instance {
  private started = false;
  private warned = false;
  private failed = false;
  private waitingStart: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly intervalMs: number,
    private readonly quorum: QuorumView | undefined,
    private readonly keys: ProcessKeys | undefined,
    private readonly effects: InstanceEffects,
  ) {
    child.on('message', (message: ToSupervisor) => void this.told(message));
  }

  async ended(): Promise<InstanceEnd> {
    try {
      const [code] = (await once(this.child, 'exit')) as [number | null];
      // Ended while it should run: by itself, too. Who wants to end well stops first.
      return { exitCode: code ?? 1, failed: this.failed || this.started };
    } catch (error) {
      throw new CsError('ERR_LIBRARY', `the process cannot be started: ${(error as Error).message}`);
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** Quorum is gone: what runs must not go on. It is back: who waits may begin. */
  quorumChanged(): void {
    if (!this.quorum) return;
    if (!this.quorum.quorate && this.started) this.late();
    else if (this.quorum.quorate && this.waitingStart !== undefined) {
      const call = this.waitingStart;
      this.waitingStart = undefined;
      void this.answering(call, () => this.begin());
    }
  }

  private async told(message: ToSupervisor): Promise<void> {
    switch (message.sam) {
      case 'heartbeat':
        this.beat();
        return;
      case 'start':
        if (this.quorum && !this.quorum.quorate) {
          this.waitingStart = message.call;
          await this.keys?.state('waiting for quorum').catch(() => undefined);
        } else await this.answering(message.call, () => this.begin());
        return;
      case 'stop':
        await this.answering(message.call, async () => {
          await this.keys?.state('stopped');
          this.started = false;
          clearTimeout(this.timer);
        });
        return;
      case 'store':
        await this.answering(message.call, () => this.effects.store(message.data));
        return;
      case 'warn signal':
        await this.answering(message.call, () => this.effects.warnWith(message.signal));
        return;
      case 'failed':
        this.effects.giveUp();
        this.kill();
    }
  }

  private async begin(): Promise<void> {
    await this.keys?.state('running');
    this.started = true;
    this.beat();
  }

  private beat(): void {
    void this.keys?.updated().catch(() => undefined);
    clearTimeout(this.timer);
    if (this.started && this.intervalMs > 0) this.timer = setTimeout(() => this.late(), this.intervalMs);
  }

  /** First a warning; the end if that was not heeded, or the next time. */
  private late(): void {
    if (this.warned) {
      this.kill();
      return;
    }
    this.warned = true;
    this.child.kill(this.effects.warning());
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.late(), this.intervalMs > 0 ? this.intervalMs : USUAL_GRACE_MS);
  }

  private kill(): void {
    this.failed = true;
    this.child.kill('SIGKILL');
  }

  private async answering(call: number, act: () => unknown): Promise<void> {
    let answer: FromSupervisor = { sam: 'answer', call };
    try {
      await act();
    } catch (thrown) {
      const code = thrown instanceof CsError ? thrown.code : CsErrorCode.ERR_LIBRARY;
      answer = { ...answer, error: { code, advice: (thrown as Error).message } };
    }
    if (this.child.connected) this.child.send(answer);
  }
}
