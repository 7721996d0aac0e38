import { Command } from 'commander';
import { B_01_01, SA_TIME_END, SA_TIME_ONE_SECOND, daemonBindings, socketPath } from 'chorale/sdk';
import { CreationFlags, MsgLibrary, OpenFlags } from 'chorale/msg';
import type { Msg, MsgQueue } from 'chorale/msg';

/** The queue that all jobs wait in: it outlives workers and nodes. */
const JOBS = 'jobs';
const ATTRIBUTES = {
  creationFlags: CreationFlags.PERSISTENT,
  size: Array<number>(4).fill(1_000_000),
  retentionTime: 0n,
};
const SOON = 10n * SA_TIME_ONE_SECOND;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

const program = new Command('jobs')
  .description('A work queue: add jobs on any node, have them done on any node, once each.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host');

function connect(): Promise<Msg> {
  const { instance } = program.opts<{ instance?: string }>();
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  return new MsgLibrary(daemonBindings({ path })).initialize({}, B_01_01);
}

/** Opens the queue to read it: one worker at a time can. */
function openJobs(msg: Msg): Promise<MsgQueue> {
  return msg.queueOpen(JOBS, ATTRIBUTES, OpenFlags.CREATE, SOON);
}

program
  .command('add <job...>')
  .description('add a job')
  .option('--urgent', 'before all that are not')
  .action(async (words: string[], { urgent }: { urgent?: true }) => {
    const msg = await connect();
    await msg.messageSend(JOBS, { priority: urgent ? 0 : 3, data: bytes(words.join(' ')) }, SOON);
    console.log('added');
    await msg.finalize();
  });

program
  .command('ask <job...>')
  .description('have a job done and wait for the result')
  .action(async (words: string[]) => {
    const msg = await connect();
    const { message } = await msg.messageSendReceive(JOBS, { priority: 0, data: bytes(words.join(' ')) }, SOON);
    console.log(text(message.data));
    await msg.finalize();
  });

program
  .command('status')
  .description('print how many jobs wait')
  .action(async () => {
    const msg = await connect();
    const { usage, closeTime } = await msg.queueStatusGet(JOBS);
    const waiting = usage.reduce((sum, { numberOfMessages }) => sum + numberOfMessages, 0);
    console.log(`${waiting} waiting, ${closeTime === 0n ? 'a worker is there' : 'no worker'}`);
    await msg.finalize();
  });

program
  .command('work')
  .description('do the jobs: here, print them')
  .option('--jobs <number>', 'stop after so many; 0: only make the queue')
  .action(async ({ jobs }: { jobs?: string }) => {
    const msg = await connect();
    const queue = await openJobs(msg);
    console.log('ready');
    for (let left = Number(jobs ?? Infinity); left > 0; left--) {
      const { message, senderId } = await queue.messageGet(SA_TIME_END);
      console.log(`doing: ${text(message.data)}`);
      if (senderId !== 0n) await msg.messageReply({ data: bytes(`done: ${text(message.data)}`) }, senderId, SOON);
    }
    await msg.finalize();
  });

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
