import type { Entropy } from '../../base/entropy.js';
import type { Store } from '../../base/store.js';
import { messageOf } from '../errors.js';
import type { FlightRecorder } from './flight-recorder.js';
import { Tag } from './format.js';
import { Output } from './output-digest.js';

const encoder = new TextEncoder();

/** The node's random numbers, each recorded. */
export class RecordingEntropy implements Entropy {
  constructor(
    private readonly inner: Entropy,
    private readonly recorder: FlightRecorder,
  ) {}

  below(limit: number): number {
    const number = this.inner.below(limit);
    if (this.recorder.asking) this.recorder.value(Tag.ENTROPY, number);
    return number;
  }
}

/** The node's store: what it loads and whether it can save is recorded, what it saves is digested. */
export class RecordingStore implements Store {
  constructor(
    private readonly inner: Store,
    private readonly recorder: FlightRecorder,
  ) {}

  load(key: string): Uint8Array | undefined {
    const { recorder } = this;
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.inner.load(key);
    } catch (error) {
      if (recorder.asking) {
        recorder.value(Tag.LOADED, 2);
        recorder.text(messageOf(error));
      }
      throw error;
    }
    if (recorder.asking) {
      recorder.value(Tag.LOADED, bytes === undefined ? 0 : 1);
      if (bytes !== undefined) recorder.field(bytes, 0, bytes.length);
    }
    return bytes;
  }

  save(key: string, bytes: Uint8Array): void {
    const { recorder } = this;
    if (recorder.on) {
      recorder.digest.begin(Output.STORE, bytes.length);
      recorder.digest.bytes(Output.STORE, encoder.encode(key));
      recorder.digest.bytes(Output.STORE, bytes);
    }
    try {
      this.inner.save(key, bytes);
    } catch (error) {
      if (recorder.asking) {
        recorder.value(Tag.SAVED, 0);
        recorder.text(messageOf(error));
      }
      throw error;
    }
    if (recorder.asking) recorder.value(Tag.SAVED, 1);
  }
}
