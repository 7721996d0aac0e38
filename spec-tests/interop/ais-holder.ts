/**
 * A program that holds an exclusive lock until it is killed: `ais-holder SOCKET RESOURCE FLAGS`. It prints `held` when it has it.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { LckLibrary, LockMode, ResourceOpenFlags } from '../../plugins/lck/index.js';

const [path, name, flags] = process.argv.slice(2) as [string, string, string];
const lck = await new LckLibrary(daemonBindings({ path })).initialize(null, B_01_01);
const resource = await lck.resourceOpen(name, ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);
const { lockStatus } = await resource.lock(LockMode.EX, Number(flags), 0n, SA_TIME_END);
process.stdout.write(lockStatus === 1 ? 'held\n' : `status ${lockStatus}\n`);
setInterval(() => undefined, 60_000);
