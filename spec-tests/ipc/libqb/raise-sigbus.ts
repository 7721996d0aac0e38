import { loadNative } from '../../../core/net/native.js';

// With the guard of shared memory in place: a SIGBUS that is none of its business ends the process.
loadNative();
process.kill(process.pid, 'SIGBUS');
setTimeout(() => process.exit(1), 10_000);
