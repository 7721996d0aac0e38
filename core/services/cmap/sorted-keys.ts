/**
 * The first of `keys` (in byte order) that begins with the prefix and comes after `after`; with `after` undefined the
 * first of all with the prefix.
 */
export function keyAfter(keys: readonly string[], prefix: string, after: string | undefined): string | undefined {
  const wanted = after === undefined || after < prefix ? prefix : after;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const key = keys[middle]!;
    if (key < wanted || key === after) low = middle + 1;
    else high = middle;
  }
  const found = keys[low];
  return found?.startsWith(prefix) ? found : undefined;
}
