import { responseMessage } from '../../core/base/client-message.js';
import { definePlugin } from '../../core/host/plugin.js';
import type { LoadRequest } from '../../core/host/plugin-instance.js';

const encoder = new TextEncoder();

/** What an echo does differently, for a replay that must notice. */
export interface EchoTraits {
  readonly answer?: string;
  readonly sent?: string;
  readonly stored?: string;
  readonly asksClock?: boolean;
}

/** A service that touches everything a node has: clock, timer, entropy, store, ring and clients. */
export function echo(traits: EchoTraits = {}): LoadRequest {
  const { answer = 'answer', sent = 'sent', stored = 'stored', asksClock = true } = traits;
  return {
    plugin: definePlugin({
      name: 'echo',
      version: '1.0.0',
      sdk: 1,
      service: { id: 40, name: 'echo' },
      create: ({ clock, entropy, store, ring }) => {
        const state = { starts: 0, ticks: 0, chance: 0, time: 0, heard: 0 };
        const timer = clock.timer(() => {
          state.ticks++;
          state.chance = entropy.below(1_000_000);
          if (asksClock) state.time = clock.now();
          timer.start(50);
        });
        return {
          id: 40,
          name: 'echo',
          priority: 9,
          version: 0,
          messages: [() => void state.heard++],
          requests: [
            (client) => {
              ring.multicast(0, [encoder.encode(sent)]);
              store.save('told', encoder.encode(stored));
              client.respond([responseMessage(0, encoder.encode(answer))]);
            },
            () => void ring.multicast(0, [encoder.encode(sent)]),
          ],
          flowControlled: new Set([1]),
          unanswered: new Set([1]),
          start: () => {
            state.starts = (store.load('starts')?.[0] ?? 0) + 1;
            store.save('starts', Uint8Array.of(state.starts));
            timer.start(50);
          },
          dump: () => state,
        };
      },
    }),
  };
}
