import { ControlClient } from '../../../ipc/control-client.js';
import type { Overview } from '../../../ipc/overview.js';
import { CommandError, explained, socketOf } from '../context.js';
import type { DaemonChoice } from '../context.js';

/** A picture each time it is asked, over one connection; a new one after a failure. */
export class OverviewSource {
  private control: ControlClient | undefined;

  constructor(private readonly choice: DaemonChoice) {}

  /** Rejects with a CommandError. */
  async next(): Promise<Overview> {
    const connected = this.control !== undefined;
    try {
      this.control ??= await ControlClient.connect({ path: socketOf(this.choice) });
      return await this.control.overview();
    } catch (error) {
      this.close();
      throw explained(error, this.choice, connected);
    }
  }

  close(): void {
    this.control?.close();
    this.control = undefined;
  }
}

/** The first sentence of why there is no picture. */
export function problemOf(error: unknown): string {
  if (error instanceof CommandError) return error.message.split('. ')[0]!;
  return error instanceof Error ? error.message : String(error);
}
