import { CsError, CsErrorCode } from '../../../base/errors.js';
import type { ConnectOptions } from '../../../ipc/client.js';
import { openVotequorum } from '../../../votequorum.js';
import type { VotequorumClient } from '../../../votequorum.js';

/** As `openVotequorum`; where votequorum is not loaded, the error says what to configure. */
export async function openVotes(where: ConnectOptions): Promise<VotequorumClient> {
  try {
    return await openVotequorum(where);
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== CsErrorCode.ERR_NOT_SUPPORTED) throw error;
    throw new CsError(
      'ERR_NOT_SUPPORTED',
      'nobody counts votes on this node: set "quorum { provider: corosync_votequorum }" on every node and start them again',
    );
  }
}
