/** Text from anybody must not move the cursor, nor end the line: such characters become \xNN. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `12 s`, `3 min`, `4 h 10 min`, `2 d 3 h`. */
export function duration(milliseconds: number): string {
  const all = Math.max(0, Math.floor(milliseconds / 1000));
  const part = (size: number, within = Infinity): number => Math.floor((all % within) / size);
  if (all < MINUTE) return `${all} s`;
  if (all < HOUR) return `${part(MINUTE)} min`;
  if (all < DAY) return `${part(HOUR)} h ${part(MINUTE, HOUR)} min`;
  return `${part(DAY)} d ${part(HOUR, DAY)} h`;
}

/** `12`, `3.4 k`, `5.6 M`: at most five characters and a letter. */
export function short(number: number): string {
  for (const [size, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ] as const) {
    if (number >= size) return `${(number / (letter === 'k' ? 1e3 : size)).toFixed(1)} ${letter}`;
  }
  return `${Math.round(number)}`;
}
