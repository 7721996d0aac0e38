import type { Configuration } from '../../totem/ring.js';
import { Output } from './output-digest.js';
import type { OutputDigest } from './output-digest.js';

/** A membership change as an output. */
export function hashConfiguration(digest: OutputDigest, configuration: Configuration): void {
  const { kind, ringId, members } = configuration;
  digest.begin(Output.MEMBERSHIP, kind === 'regular' ? 1 : 0);
  digest.number(Output.MEMBERSHIP, ringId.representative);
  digest.number(Output.MEMBERSHIP, ringId.seq);
  for (const member of members) digest.number(Output.MEMBERSHIP, member);
}
