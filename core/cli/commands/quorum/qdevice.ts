import { requestMessage, responseBody } from '../../../base/client-message.js';
import { connect } from '../../../ipc/client.js';
import { openVotes } from './votes.js';
import { CommandError, withService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import { CommandExit } from '../exit-codes.js';

const QDEVICE_UNREGISTER = 6;
const NAME_BYTES = 256;

/**
 * Unregisters the quorum device of the node, whoever registered it: the client library lets only the device's own program
 * do so. Resolves to its name.
 */
export async function removeQdevice(choice: DaemonChoice): Promise<string> {
  const { qdevice } = await withService(choice, openVotes, (client) => client.info());
  if (qdevice === undefined) {
    throw new CommandError(CommandExit.FAILED, 'no quorum device is registered on this node: nothing to remove');
  }
  const body = Buffer.alloc(NAME_BYTES);
  body.write(qdevice.name, 0, NAME_BYTES - 1);
  await withService(
    choice,
    (where) => connect('votequorum', where),
    async (connection) => {
      const answer = await connection.request(requestMessage(QDEVICE_UNREGISTER, body));
      responseBody(answer, 'votequorum would not unregister the device');
    },
  );
  return qdevice.name;
}
