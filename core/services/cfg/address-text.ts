/** An IP address of 4 or 16 bytes, in network order, as text; that of IPv6 as RFC 5952 has it. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const runs = [
    ...groups
      .map((group) => (group === '0' ? '0' : ' '))
      .join('')
      .matchAll(/0{2,}/g),
  ];
  const longest = runs.reduce<RegExpMatchArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (!longest) return groups.join(':');
  const [start, end] = [longest.index!, longest.index! + longest[0].length];
  return `${groups.slice(0, start).join(':')}::${groups.slice(end).join(':')}`;
}
