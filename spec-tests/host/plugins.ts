import { definePlugin } from '../../core/host/plugin.js';
import type { Plugin, PluginContext, PluginManifest } from '../../core/host/plugin.js';
import type { ServiceEngine } from '../../core/host/service-engine.js';
import type { Configuration } from '../../core/totem/ring.js';

/** An engine that notes everything that happens to it, in order. */
export class NotingEngine implements ServiceEngine {
  readonly priority: number = 1;
  readonly version: number = 0;
  readonly notes: string[] = [];

  constructor(
    readonly context: PluginContext,
    readonly name: string,
    readonly id: number,
  ) {}

  readonly messages: ServiceEngine['messages'] = [
    (message, sender) => {
      this.notes.push(`message ${sender} ${Buffer.from(message.copy(16, message.length - 16)).toString()}`);
    },
  ];

  readonly sync = {
    id: 0,
    name: '',
    syncInit: (transitional: readonly number[], members: readonly number[]): void => {
      this.notes.push(`init ${transitional.join()} of ${members.join()}`);
    },
    syncProcess: (): boolean => {
      this.notes.push('process');
      return true;
    },
    syncActivate: (): void => {
      this.notes.push('activate');
    },
    syncAbort: (): void => {
      this.notes.push('abort');
    },
  };

  start(): void {
    this.notes.push('start');
  }

  stop(): void {
    this.notes.push('stop');
  }

  configurationChanged({ kind, members, left, joined }: Configuration): void {
    this.notes.push(`${kind} ${members.join()} left ${left.join()} joined ${joined.join()}`);
  }

  say(text: string): boolean {
    return this.context.ring.multicast(0, [Buffer.from(text)]);
  }
}

/** A plugin with a NotingEngine, and the engines it has made. */
export function notingPlugin(
  name: string,
  id: number,
  more: Partial<PluginManifest> = {},
  change: (engine: NotingEngine) => void = () => undefined,
): { plugin: Plugin; engines: NotingEngine[] } {
  const engines: NotingEngine[] = [];
  const plugin = definePlugin({
    name: `noting-${name}`,
    version: '1.0.0',
    sdk: 1,
    service: { id, name },
    create: (context) => {
      const engine = new NotingEngine(context, name, id);
      Object.assign(engine.sync, { id, name });
      change(engine);
      engines.push(engine);
      return engine;
    },
    ...more,
  });
  return { plugin, engines };
}
