import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { B_01_01, SA_TIME_ONE_HOUR, SA_TIME_ONE_SECOND, daemonBindings, socketPath } from 'chorale/sdk';
import { CkptLibrary, CreationFlags, OpenFlags, SA_CKPT_DEFAULT_SECTION_ID } from 'chorale/ckpt';
import type { CkptCheckpoint } from 'chorale/ckpt';

const TICKETS_A_SECOND = 10;
const LAST = { sectionId: SA_CKPT_DEFAULT_SECTION_ID };

/** One section of 8 bytes, the number of the last ticket, kept for an hour after the last machine is gone. */
const attributes = {
  creationFlags: CreationFlags.WR_ALL_REPLICAS,
  checkpointSize: 8,
  retentionDuration: SA_TIME_ONE_HOUR,
  maxSections: 1,
  maxSectionSize: 8,
  maxSectionIdSize: 0,
};

async function openTickets(instance: string | undefined): Promise<CkptCheckpoint> {
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  const ckpt = await new CkptLibrary(daemonBindings({ path })).initialize({}, B_01_01);
  const { READ, WRITE, CREATE } = OpenFlags;
  return ckpt.checkpointOpen('tickets', attributes, READ | WRITE | CREATE, 10n * SA_TIME_ONE_SECOND);
}

async function lastTicket(tickets: CkptCheckpoint): Promise<bigint> {
  const [data] = await tickets.read([LAST]);
  return data?.length === 8 ? Buffer.from(data).readBigUInt64LE() : 0n;
}

new Command('tickets')
  .description('A ticket machine that never gives a number twice, until Ctrl-C or worse.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host')
  .action(async ({ instance }: { instance?: string }) => {
    const tickets = await openTickets(instance);
    let last = await lastTicket(tickets);
    console.log(`the last ticket was ${last}`);
    const dataBuffer = Buffer.alloc(8);
    for (;;) {
      dataBuffer.writeBigUInt64LE(++last);
      // First every node has it, then somebody gets it.
      await tickets.write([{ ...LAST, dataBuffer }]);
      console.log(`ticket ${last}`);
      await delay(1000 / TICKETS_A_SECOND);
    }
  })
  .parseAsync()
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
