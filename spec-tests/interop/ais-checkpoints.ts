/**
 * A program of the Checkpoint Service that a test may kill: `ais-checkpoints SOCKET CHECKPOINT SECTION` writes 1, 2, 3... to a
 * section without end, and prints the number of each write that was answered.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { CkptLibrary, CreationFlags, OpenFlags } from '../../plugins/ckpt/index.js';

const [path, name, sectionId] = process.argv.slice(2) as [string, string, string];
const { READ, WRITE, CREATE } = OpenFlags;
const ckpt = await new CkptLibrary(daemonBindings({ path })).initialize({}, B_01_01);
const checkpoint = await ckpt.checkpointOpen(
  name,
  {
    creationFlags: CreationFlags.WR_ALL_REPLICAS,
    checkpointSize: 1000,
    retentionDuration: SA_TIME_END,
    maxSections: 100,
    maxSectionSize: 10,
    maxSectionIdSize: 20,
  },
  READ | WRITE | CREATE,
  SA_TIME_END,
);
await checkpoint.sectionCreate({ sectionId }, new TextEncoder().encode('0'));
try {
  for (let value = 1; ; value++) {
    await checkpoint.write([{ sectionId, dataBuffer: new TextEncoder().encode(`${value}`) }]);
    process.stdout.write(`${value}\n`);
  }
} catch {
  // The service is gone with its daemon: the test knows.
  process.exit(1);
}
