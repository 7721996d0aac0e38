/**
 * A supervised program, as the mode in its first argument says. It prints a line for what it sees.
 */
import { register } from '../../core/sam.js';
import type { SamOptions } from '../../core/sam.js';

const [mode, options] = process.argv.slice(2) as [string, string];
const sam = await register(JSON.parse(options) as SamOptions);
const say = (text: string): void => void process.stdout.write(`${sam.instance} ${text}\n`);
const code = (error: unknown): string => (error as { spec: string }).spec;
/** Keeps the process alive. */
const idle = setInterval(() => undefined, 1000);

if (mode === 'data') {
  const before = sam.restoreData();
  say(`restored ${before ? Buffer.from(before).toString() : 'nothing'}`);
  if (sam.instance === 3) {
    await sam.storeData(undefined);
    say(`forgot ${sam.restoreData() === undefined}`);
    process.exit(7);
  }
  await sam.storeData(Buffer.from(`data of ${sam.instance}`));
  await sam.start();
  process.exit(3);
} else if (mode === 'silent') {
  if (sam.instance === 2) process.exit(0);
  process.on('SIGUSR2', () => say('warned'));
  await sam.setWarnSignal('SIGUSR2');
  await sam.start();
  say('started');
} else if (mode === 'healthy') {
  let checks = 0;
  sam.onHealthCheck(() => {
    if (++checks === 3) say('checked');
    return checks < 5;
  });
  process.on('SIGTERM', () => process.exit(sam.instance === 2 ? 5 : 4));
  await sam.start();
  say('started');
  if (sam.instance === 2) {
    await sam.stop();
    process.exit(5);
  }
} else if (mode === 'refused') {
  for (const act of [() => sam.heartbeat(), () => sam.onHealthCheck(() => true)]) {
    try {
      act();
    } catch (error) {
      say(code(error));
    }
  }
  await sam.stop().catch((error: unknown) => say(code(error)));
  await sam.markFailed().catch((error: unknown) => say(code(error)));
  await sam.start();
  await sam.start().catch((error: unknown) => say(code(error)));
  await sam.stop();
  clearInterval(idle);
  say('done');
} else if (mode === 'shown') {
  await sam.start();
  say(`started ${process.ppid}`);
  process.stdin.once('data', () => void sam.markFailed());
}
