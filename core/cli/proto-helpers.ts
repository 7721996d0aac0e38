/** Functions that the messages share, by how they are called. */
const HELPERS: readonly (readonly [call: string, code: string])[] = [
  [
    'nested(',
    `function nested<T>(writer: protobuf.Writer, message: T, write: (writer: protobuf.Writer, message: T) => void): void {
  writer.fork();
  write(writer, message);
  writer.ldelim();
}
`,
  ],
  [
    'packedEnd(',
    `function packedEnd(reader: protobuf.Reader): number {
  const length = reader.uint32();
  return reader.pos + length;
}
`,
  ],
  [
    'whole(',
    `/** A 64-bit integer as a number. */
function whole(value: number | { low: number; high: number; unsigned: boolean }): number {
  const number =
    typeof value === 'number'
      ? value
      : (value.unsigned ? value.high >>> 0 : value.high) * 4294967296 + (value.low >>> 0);
  if (!Number.isSafeInteger(number)) throw new RangeError(\`\${number} is no whole number below 2^53\`);
  return number;
}
`,
  ],
  [
    'bytesOf(',
    `function bytesOf(reader: protobuf.Reader): Uint8Array {
  const bytes = reader.bytes();
  return bytes.length === 0 ? noBytes : bytes;
}
`,
  ],
  ['noBytes', 'const noBytes = new Uint8Array(0);\n'],
  ['Wide(', 'const halves = new DataView(new ArrayBuffer(8));\n'],
  [
    'writeWide(',
    `function writeWide(writer: protobuf.Writer, value: bigint): void {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(\`\${value} has more than 64 bits\`);
  halves.setBigUint64(0, value, true);
  writer.fixed32(halves.getUint32(0, true)).fixed32(halves.getUint32(4, true));
}
`,
  ],
  [
    ' wide(',
    `function wide(low: number, high: number): bigint {
  halves.setUint32(0, low, true);
  halves.setUint32(4, high, true);
  return halves.getBigUint64(0, true);
}
`,
  ],
  [
    'signedWide(',
    `function signedWide(low: number, high: number): bigint {
  halves.setUint32(0, low, true);
  halves.setUint32(4, high, true);
  return halves.getBigInt64(0, true);
}
`,
  ],
  [
    'decoded(',
    `function decoded<T>(name: string, bytes: Uint8Array, read: (reader: protobuf.Reader, length: number) => T): T {
  // Views of a Buffer would be Buffers, whose \`slice\` is no copy.
  const plain =
    bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return read(protobuf.Reader.create(plain), plain.length);
  } catch (error) {
    const malformed = new Error(\`no \${name}: \${error instanceof Error ? error.message : String(error)}\`);
    malformed.name = 'MalformedMessage';
    throw malformed;
  }
}
`,
  ],
];

/** Those that this code calls. */
export function helpers(code: string): string {
  return HELPERS.filter(([call]) => code.includes(call))
    .map(([, text]) => text)
    .join('\n');
}
