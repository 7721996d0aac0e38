import protobuf from 'protobufjs';
import { helpers } from './proto-helpers.js';

/** A .proto that the generator cannot use; the message says where and what to write instead. */
export class ProtoError extends Error {
  override name = 'ProtoError';
}

interface Scalar {
  readonly wire: 0 | 1 | 2 | 5;
  readonly type: string;
  readonly missing: string;
  /** A 64-bit varint: a number, refused beyond 2^53. */
  readonly long?: true;
  /** All 64 bits: a bigint. */
  readonly big?: 'signed' | 'unsigned';
}

/** Wire types and TypeScript types of the scalars. */
const SCALARS: Readonly<Record<string, Scalar>> = {
  double: { wire: 1, type: 'number', missing: '0' },
  float: { wire: 5, type: 'number', missing: '0' },
  int32: { wire: 0, type: 'number', missing: '0' },
  uint32: { wire: 0, type: 'number', missing: '0' },
  sint32: { wire: 0, type: 'number', missing: '0' },
  fixed32: { wire: 5, type: 'number', missing: '0' },
  sfixed32: { wire: 5, type: 'number', missing: '0' },
  int64: { wire: 0, type: 'number', missing: '0', long: true },
  uint64: { wire: 0, type: 'number', missing: '0', long: true },
  sint64: { wire: 0, type: 'number', missing: '0', long: true },
  fixed64: { wire: 1, type: 'bigint', missing: '0n', big: 'unsigned' },
  sfixed64: { wire: 1, type: 'bigint', missing: '0n', big: 'signed' },
  bool: { wire: 0, type: 'boolean', missing: 'false' },
  string: { wire: 2, type: 'string', missing: "''" },
  bytes: { wire: 2, type: 'Uint8Array', missing: 'noBytes' },
};

/**
 * Makes the TypeScript codec of a .proto file: an interface and a constant with `encode`, `decode` and `view` for each message.
 * `decode` gives bytes that are the caller's to keep; `view` leaves them where they are, in the memory that was read. A message
 * whose last field is bytes has `parts`, what `encode` makes in pieces: these bytes are not copied.
 * It runs on protobufjs' reader and writer alone, without reflection and without `eval`. Bytes that are no such message
 * throw an error named MalformedMessage, which the host counts as the sender's.
 *
 * Supports proto3: scalars, enums, messages, `repeated`, `optional`, `oneof`. Throws a ProtoError for the rest (maps,
 * groups, services, imports).
 */
export function generateCodec(proto: string, fileName: string): string {
  let root: protobuf.Root;
  try {
    const parsed = protobuf.parse(proto, { alternateCommentMode: true });
    if (parsed.imports?.length) {
      throw new ProtoError(`${fileName}: imports ${parsed.imports.join(', ')}; put all messages into one file`);
    }
    ({ root } = parsed);
    root.resolveAll();
  } catch (error) {
    if (error instanceof ProtoError) throw error;
    throw new ProtoError(`${fileName}: ${(error as Error).message}`);
  }
  const types: protobuf.Type[] = [];
  const enums: protobuf.Enum[] = [];
  gather(root, types, enums, fileName);
  if (types.length === 0) throw new ProtoError(`${fileName}: there is no message in it`);
  const code = [
    `// Made from ${fileName} by "chorale proto". Change that file and run it again, not this one.`,
    "import protobuf from 'protobufjs/minimal.js';",
    '',
    ...enums.flatMap(enumeration),
    ...types.flatMap((type) => message(type, fileName)),
  ].join('\n');
  return `${code}\n${helpers(code)}`;
}

function gather(space: protobuf.NamespaceBase, types: protobuf.Type[], enums: protobuf.Enum[], fileName: string): void {
  for (const nested of space.nestedArray) {
    if (nested instanceof protobuf.Type) {
      types.push(nested);
      gather(nested, types, enums, fileName);
    } else if (nested instanceof protobuf.Enum) enums.push(nested);
    else if (nested instanceof protobuf.Service) {
      throw new ProtoError(`${fileName}: "service ${nested.name}" is not supported; describe its messages only`);
    } else if (nested instanceof protobuf.Namespace) gather(nested, types, enums, fileName);
  }
  const names = [...types, ...enums].map((one) => one.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ProtoError(`${fileName}: ${twice} is there twice; names are global, rename one`);
}

function comment(text: string | null | undefined, indent = ''): string[] {
  return text ? [`${indent}/** ${text.replace(/\s+/g, ' ').replaceAll('*/', '* /')} */`] : [];
}

function enumeration(declared: protobuf.Enum): string[] {
  return [
    ...comment(declared.comment),
    `export const ${declared.name} = {`,
    ...Object.entries(declared.values).flatMap(([name, value]) => [
      ...comment(declared.comments[name], '  '),
      `  ${name}: ${value},`,
    ]),
    '} as const;',
    '/** One of the values above, or one that a newer program knows. */',
    `export type ${declared.name} = number;`,
    '',
  ];
}

function message(type: protobuf.Type, fileName: string): string[] {
  const { name } = type;
  if (type.fieldsArray.length === 0) return emptyMessage(type);
  const fields = [...type.fieldsArray].sort((a, b) => a.id - b.id).map((field) => describeField(field, fileName));
  return [
    ...comment(type.comment),
    `export interface ${name} {`,
    ...fields.flatMap((field) => [...comment(field.comment, '  '), `  ${field.declaration};`]),
    '}',
    '',
    `export const ${name} = {`,
    `  encode(message: ${name}): Uint8Array {`,
    '    const writer = protobuf.Writer.create();',
    `    write${name}(writer, message);`,
    '    return writer.finish();',
    '  },',
    ...partsMethod(name, fields),
    `  decode(bytes: Uint8Array): ${name} {`,
    // One copy of all: many small pieces of memory cost the garbage collector more than their bytes.
    `    return decoded('${name}', ${holdsBytes(type) ? 'new Uint8Array(bytes)' : 'bytes'}, read${name});`,
    '  },',
    `  view(bytes: Uint8Array): ${name} {`,
    `    return decoded('${name}', bytes, read${name});`,
    '  },',
    '};',
    '',
    ...writeFunction(name, fields),
    `function read${name}(reader: protobuf.Reader, length: number): ${name} {`,
    '  const end = reader.pos + length;',
    `  const message: ${name} = {`,
    ...fields.filter((field) => field.initial !== undefined).map((field) => `    ${field.name}: ${field.initial!},`),
    '  };',
    '  while (reader.pos < end) {',
    '    const tag = reader.uint32();',
    '    switch (tag) {',
    ...fields.flatMap((field) => field.read),
    '      default:',
    '        reader.skipType(tag & 7, 0, tag >>> 3);',
    '    }',
    '  }',
    "  if (reader.pos !== end) throw new RangeError('a field is longer than its message');",
    '  return message;',
    '}',
    '',
  ];
}

/** The field behind others that `parts` leaves in place. */
function tailOf(fields: readonly FieldCode[]): FieldCode | undefined {
  const last = fields.at(-1)!;
  return fields.length > 1 && last.bytesTag !== undefined ? last : undefined;
}

function writeFunction(name: string, fields: readonly FieldCode[]): string[] {
  const tail = tailOf(fields);
  const declared = (called: string): string => `function ${called}(writer: protobuf.Writer, message: ${name}): void {`;
  if (tail === undefined) return [declared(`write${name}`), ...fields.flatMap((field) => field.write), '}', ''];
  return [
    declared(`write${name}`),
    `  write${name}Head(writer, message);`,
    ...tail.write,
    '}',
    '',
    declared(`write${name}Head`),
    ...fields.slice(0, -1).flatMap((field) => field.write),
    '}',
    '',
  ];
}

/** Of a message that ends with bytes: encodes it without copying them. */
function partsMethod(name: string, fields: readonly FieldCode[]): string[] {
  const tail = tailOf(fields);
  if (tail === undefined) return [];
  const value = `message.${tail.name}`;
  return [
    `  parts(message: ${name}): Uint8Array[] {`,
    '    const writer = protobuf.Writer.create();',
    `    write${name}Head(writer, message);`,
    `    if (${value}.length > 0) writer.uint32(${tail.bytesTag!}).uint32(${value}.length);`,
    `    return [writer.finish(), ${value}];`,
    '  },',
  ];
}

/** Whether there can be bytes in a message, or in one nested in it. */
function holdsBytes(type: protobuf.Type, seen = new Set<protobuf.Type>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fieldsArray.some(
    ({ type: name, resolvedType }) =>
      name === 'bytes' || (resolvedType instanceof protobuf.Type && holdsBytes(resolvedType, seen)),
  );
}

/** A message without fields; it still passes over fields that a newer program knows. */
function emptyMessage({ name, comment: text }: protobuf.Type): string[] {
  return [
    ...comment(text),
    `export type ${name} = Record<string, never>;`,
    '',
    `export const ${name} = {`,
    '  encode(): Uint8Array {',
    '    return new Uint8Array(0);',
    '  },',
    `  decode(bytes: Uint8Array): ${name} {`,
    `    return decoded('${name}', bytes, read${name});`,
    '  },',
    `  view(bytes: Uint8Array): ${name} {`,
    `    return decoded('${name}', bytes, read${name});`,
    '  },',
    '};',
    '',
    `function write${name}(): void {`,
    '  // It has no fields.',
    '}',
    '',
    `function read${name}(reader: protobuf.Reader, length: number): ${name} {`,
    '  const end = reader.pos + length;',
    '  while (reader.pos < end) {',
    '    const tag = reader.uint32();',
    '    reader.skipType(tag & 7, 0, tag >>> 3);',
    '  }',
    "  if (reader.pos !== end) throw new RangeError('a field is longer than its message');",
    '  return {};',
    '}',
    '',
  ];
}

interface FieldCode {
  readonly name: string;
  readonly comment: string | null;
  readonly declaration: string;
  /** Its value in a message that does not have it; undefined if it is left out then. */
  readonly initial: string | undefined;
  readonly write: readonly string[];
  readonly read: readonly string[];
  /** The tag of bytes that are always there. */
  readonly bytesTag: number | undefined;
}

function describeField(field: protobuf.Field, fileName: string): FieldCode {
  const where = `${fileName}: field ${field.parent?.name ?? ''}.${field.name}`;
  if (field.map) throw new ProtoError(`${where} is a map; use a repeated message with key and value`);
  if (field.required) throw new ProtoError(`${where} is required, which proto3 does not have; write syntax = "proto3"`);
  const kind = kindOf(field, where);
  const { name } = field;
  const value = `message.${name}`;
  const common = { name, comment: field.comment };
  const reading = (action: string, wire: number): string[] => [
    `      case ${(field.id << 3) | wire}:`,
    `        ${action};`,
    '        break;',
  ];
  if (field.repeated) {
    const packable = kind.wire !== 2;
    return {
      ...common,
      bytesTag: undefined,
      declaration: `${name}: ${kind.type}[]`,
      initial: '[]',
      write: packable
        ? [
            `  if (${value}.length > 0) {`,
            `    writer.uint32(${(field.id << 3) | 2}).fork();`,
            `    for (const one of ${value}) ${kind.write('one')};`,
            '    writer.ldelim();',
            '  }',
          ]
        : [`  for (const one of ${value}) ${kind.writeTagged('one')};`],
      read: [
        ...reading(`${value}.push(${kind.read})`, kind.wire),
        ...(packable
          ? [
              `      case ${(field.id << 3) | 2}:`,
              `        for (const last = packedEnd(reader); reader.pos < last;) ${value}.push(${kind.read});`,
              '        break;',
            ]
          : []),
      ],
    };
  }
  const optional = field.partOf !== null || kind.missing === undefined;
  const present = presenceOf(field.type, kind, value);
  return {
    ...common,
    declaration: optional ? `${name}?: ${kind.type}` : `${name}: ${kind.type}`,
    initial: optional ? undefined : kind.missing,
    write: [`  if (${optional ? `${value} !== undefined` : present}) ${kind.writeTagged(value)};`],
    read: reading(`${value} = ${kind.read}`, kind.wire),
    bytesTag: kind.type === 'Uint8Array' && !optional ? (field.id << 3) | kind.wire : undefined,
  };
}

/** When a field without presence of its own is written: when it is not its default; -0 is not. */
function presenceOf(type: string, kind: Kind, value: string): string {
  if (kind.type === 'Uint8Array') return `${value}.length > 0`;
  if (type === 'double' || type === 'float') return `!Object.is(${value}, 0)`;
  return `${value} !== ${kind.missing ?? ''}`;
}

interface Kind {
  readonly wire: 0 | 1 | 2 | 5;
  readonly type: string;
  readonly missing: string | undefined;
  readonly read: string;
  /** A statement that writes a value without, and with, its tag. */
  write(value: string): string;
  writeTagged(value: string): string;
}

function kindOf(field: protobuf.Field, where: string): Kind {
  const resolved = field.resolvedType;
  const tag = (wire: number): string => `writer.uint32(${((field.id << 3) | wire) >>> 0})`;
  if (resolved instanceof protobuf.Type) {
    const { name } = resolved;
    return {
      wire: 2,
      type: name,
      missing: undefined,
      read: `read${name}(reader, reader.uint32())`,
      write: (value) => `write${name}(writer, ${value})`,
      writeTagged: (value) => `nested(${tag(2)}, ${value}, write${name})`,
    };
  }
  const scalar = resolved instanceof protobuf.Enum ? SCALARS['int32'] : SCALARS[field.type];
  if (scalar === undefined) throw new ProtoError(`${where} has the type ${field.type}, which is not supported`);
  const method = resolved instanceof protobuf.Enum ? 'int32' : field.type;
  if (scalar.big !== undefined) return wideKind(scalar.big, tag(scalar.wire));
  const plain = `reader.${method}()`;
  const read = scalar.long ? `whole(${plain})` : method === 'bytes' ? 'bytesOf(reader)' : plain;
  const given = (value: string): string => (scalar.long ? `whole(${value})` : value);
  return {
    wire: scalar.wire,
    type: resolved instanceof protobuf.Enum ? resolved.name : scalar.type,
    missing: scalar.missing,
    read,
    write: (value) => `writer.${method}(${given(value)})`,
    writeTagged: (value) => `${tag(scalar.wire)}.${method}(${given(value)})`,
  };
}

/** A fixed64 or sfixed64, as its two halves: the reader's own 64-bit integers are inexact. */
function wideKind(sign: 'signed' | 'unsigned', tag: string): Kind {
  return {
    wire: 1,
    type: 'bigint',
    missing: '0n',
    read: `${sign === 'signed' ? 'signedWide' : 'wide'}(reader.fixed32(), reader.fixed32())`,
    write: (value) => `writeWide(writer, ${value})`,
    writeTagged: (value) => `writeWide(${tag}, ${value})`,
  };
}
