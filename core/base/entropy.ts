/** The only source of chance for the protocol and the service engines. */
export interface Entropy {
  /** A whole number, 0 <= n < limit; limit from 1 to 2^32. */
  below(limit: number): number;
}
