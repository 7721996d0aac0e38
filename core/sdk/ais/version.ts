import { SaError } from './error.js';

/** SaVersionT. The release code is one capital letter. */
export interface SaVersion {
  readonly releaseCode: string;
  readonly majorVersion: number;
  readonly minorVersion: number;
}

export const B_01_01: SaVersion = { releaseCode: 'B', majorVersion: 1, minorVersion: 1 };
export const A_01_01: SaVersion = { releaseCode: 'A', majorVersion: 1, minorVersion: 1 };

/** ERR_VERSION, with what the library would serve: ask again with `supported`. */
export class SaVersionError extends SaError {
  constructor(readonly supported: SaVersion) {
    super('ERR_VERSION', `this library serves ${formatVersion(supported)}; initialize with that`);
  }
}

export function formatVersion({ releaseCode, majorVersion, minorVersion }: SaVersion): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${releaseCode}.${two(majorVersion)}.${two(minorVersion)}`;
}

/**
 * Version negotiation: the release must be one of `supported`, the major version at most its own and at least 1, the
 * minor version is not compared. Returns what is served. Throws ERR_INVALID_PARAM without a version, SaVersionError
 * otherwise: it has the highest of that release, of the next lower one, or of the lowest.
 */
export function negotiateVersion(requested: SaVersion | null | undefined, supported: readonly SaVersion[]): SaVersion {
  if (typeof requested !== 'object' || requested === null) {
    throw new SaError('ERR_INVALID_PARAM', 'give the version that the program was written for');
  }
  const releases = [...supported].sort((a, b) => (a.releaseCode < b.releaseCode ? -1 : 1));
  const code = String(requested.releaseCode);
  const served = releases.findLast((release) => release.releaseCode <= code) ?? releases[0]!;
  const { majorVersion } = requested;
  const fits = served.releaseCode === code && majorVersion >= 1 && majorVersion <= served.majorVersion;
  if (!fits) throw new SaVersionError(served);
  return served;
}
