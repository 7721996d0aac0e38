import { readFileSync } from 'node:fs';
import { CAPTURES } from './pcap.js';

/** One message of an IPC log: what a libqb client sent or got from real Corosync. */
export interface LoggedMessage {
  readonly kind: 'request' | 'response' | 'event';
  readonly id: number;
  /** The length of the whole message. */
  readonly length: number;
  /** Its bytes as far as the log has them: all but the data of very long messages. */
  readonly bytes: Uint8Array;
}

const KINDS = { 'REQ  >': 'request', 'RES  <': 'response', 'EVENT<': 'event' } as const;

/** Reads one of the captured `ipc-*.txt` logs. */
export function readIpcLog(name: string): LoggedMessage[] {
  const messages: LoggedMessage[] = [];
  let current:
    { message: Omit<LoggedMessage, 'bytes'>; bytes: Uint8Array; filled: number; repeat: boolean } | undefined;
  const finish = (): void => {
    if (current) messages.push({ ...current.message, bytes: current.bytes.subarray(0, current.filled) });
    current = undefined;
  };
  for (const line of readFileSync(new URL(name, CAPTURES), 'latin1').split('\n')) {
    const head = /^ *[\d.]+ (REQ {2}>|RES {2}<|EVENT<) len=(\d+) id=(\d+)/.exec(line);
    const dump = /^ {3}([0-9a-f]{4}) {2}((?:[0-9a-f]{2} {1,2}){1,16})/.exec(line);
    if (head) {
      finish();
      const length = Number(head[2]);
      const kind = KINDS[head[1] as keyof typeof KINDS];
      const message = { kind, id: Number(head[3]), length };
      current = { message, bytes: new Uint8Array(length), filled: 0, repeat: false };
    } else if (dump && current) {
      const at = parseInt(dump[1]!, 16);
      const bytes = Buffer.from(dump[2]!.replace(/ /g, ''), 'hex');
      if (current.repeat) {
        const row = current.bytes.slice(current.filled - 16, current.filled);
        for (let fill = current.filled; fill < at; fill += 16) current.bytes.set(row, fill);
      }
      current.repeat = false;
      current.bytes.set(bytes, at);
      current.filled = at + bytes.length;
    } else if (line.trim() === '*' && current) {
      current.repeat = true;
    } else if (!line.startsWith('   ')) {
      finish();
    }
  }
  finish();
  return messages;
}
