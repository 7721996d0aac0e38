import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Waits for the end of the demonstration, however it ends, and for that of its nodes (they end with their standard
 * input, and remove their pid files), then removes the directory. It waits no longer than 10 s.
 */
const SCRIPT = [
  'cat >/dev/null',
  'n=0',
  'while [ $n -lt 100 ] && ls "$1"/run/*.pid >/dev/null 2>&1; do sleep 0.1; n=$((n+1)); done',
  'rm -rf "$1"',
].join('\n');

/** Removes the files of a demonstration even if that is killed. */
export class Caretaker {
  private readonly shell: ChildProcessByStdio<Writable, null, null>;
  private readonly ended: Promise<void>;

  constructor(directory: string) {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT, 'chorale-demo', directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.shell.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.shell.on('error', () => resolve());
      this.shell.on('exit', () => resolve());
    });
  }

  /** The nodes are gone: it has only to end. */
  finish(): Promise<void> {
    this.shell.stdin.end();
    return this.ended;
  }
}
