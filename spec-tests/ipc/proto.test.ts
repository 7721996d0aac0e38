import { expect } from 'chai';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import prettier from 'prettier';
import protobuf from 'protobufjs';
import { ProtoError, generateCodec } from '../../core/cli/proto.js';
import { Everything, Load } from './fixtures/everything.proto.js';
import type { Inner } from './fixtures/everything.proto.js';

const FIXTURE = resolve(import.meta.dirname, 'fixtures/everything.proto');
const ROOT = resolve(import.meta.dirname, '../..');

describe('codecs from .proto files', () => {
  for (const file of [
    'core/ipc/control.proto',
    'examples/counter/messages.proto',
    'spec-tests/ipc/fixtures/everything.proto',
  ]) {
    it(`${file} and its codec say the same`, async () => {
      const path = resolve(ROOT, file);
      const code = generateCodec(readFileSync(path, 'utf8'), basename(path));
      const options = await prettier.resolveConfig(path);
      const formatted = await prettier.format(code, { ...options, parser: 'typescript' });
      expect(readFileSync(`${path}.ts`, 'utf8'), `run: npx chorale proto ${file}`).to.equal(formatted);
    });
  }

  describe('against protobufjs itself', () => {
    const reference = protobuf.parse(readFileSync(FIXTURE, 'utf8')).root.lookupType('Everything');
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const int64 = fc.maxSafeInteger();
    const uint64 = fc.maxSafeNat();
    const double = fc.double({ noNaN: true });
    const float = fc.float({ noNaN: true });
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const bytes = fc.uint8Array({ maxLength: 20 });
    const color = fc.constantFrom(0, 1, 200, 77);
    const innerOf = (depth: number): fc.Arbitrary<Inner> =>
      fc.record({
        name: text,
        children: depth === 0 ? fc.constant([]) : fc.array(innerOf(depth - 1), { maxLength: 2 }),
      });
    const inner = innerOf(2);
    const many = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 4 });
    const required = {
      aDouble: double,
      aFloat: float,
      anInt32: int32,
      aUint32: uint32,
      aSint32: int32,
      aFixed32: uint32,
      aSfixed32: int32,
      anInt64: int64,
      aUint64: uint64,
      aSint64: int64,
      aFixed64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      aSfixed64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      aBool: fc.boolean(),
      aString: text,
      aBytes: bytes,
      aColor: color,
      manySint64: many(int64),
      manyDouble: many(double),
      manyBool: many(fc.boolean()),
      manyString: many(text),
      manyBytes: many(bytes),
      manyColor: many(color),
      manyInner: many(inner),
      far: uint32,
    };
    const optional = {
      anInner: inner,
      anEmpty: fc.constant({}),
      maybeNumber: uint32,
      maybeString: text,
      thatOne: inner,
    };
    const everything = fc.record(
      { ...required, ...optional },
      { requiredKeys: Object.keys(required) as (keyof typeof required)[] },
    ) as fc.Arbitrary<Everything>;

    it('reads what it wrote', () => {
      fc.assert(
        fc.property(everything, (message) => {
          expect(Everything.decode(Everything.encode(message))).to.deep.equal(message);
        }),
      );
    });

    it('writes what protobufjs reads, and reads what protobufjs writes', () => {
      fc.assert(
        fc.property(everything, (message) => {
          const { aFixed64, aSfixed64 } = message;
          const longs = { aFixed64: longOf(aFixed64, true), aSfixed64: longOf(aSfixed64, false) };
          const theirs = reference.encode(reference.create({ ...message, ...longs })).finish();
          expect(Everything.decode(theirs)).to.deep.equal(message);
          const ours = reference.decode(Everything.encode(message));
          expect(Everything.decode(reference.encode(ours).finish())).to.deep.equal(message);
        }),
      );
    });

    it('reads packed and unpacked numbers, and passes over fields it does not know', () => {
      // many_sint64 = 1 and 2 unpacked, field 30 as text, field 31 as a number.
      const bytesOf = Uint8Array.of(0x98, 1, 2, 0x98, 1, 4, 0xf2, 1, 2, 0x41, 0x42, 0xf8, 1, 9);
      expect(Everything.decode(bytesOf).manySint64).to.deep.equal([1, 2]);
    });

    it('tells -0 from nothing', () => {
      const message = { ...Everything.decode(new Uint8Array(0)), aDouble: -0 };
      expect(Object.is(Everything.decode(Everything.encode(message)).aDouble, -0)).to.equal(true);
    });

    it('gives bytes that are the reader’s to keep', () => {
      const encoded = Everything.encode({ ...Everything.decode(new Uint8Array(0)), aBytes: Uint8Array.of(1, 2, 3) });
      const decoded = Everything.decode(encoded);
      encoded.fill(0);
      expect([...decoded.aBytes]).to.deep.equal([1, 2, 3]);
    });

    it('shows bytes where they are, if asked to', () => {
      const encoded = new Uint8Array(
        Everything.encode({ ...Everything.decode(new Uint8Array(0)), aBytes: Uint8Array.of(1, 2, 3) }),
      );
      const view = Everything.view(encoded);
      encoded.fill(9);
      expect([...view.aBytes]).to.deep.equal([9, 9, 9]);
      expect(view.aBytes).not.to.be.instanceOf(Buffer);
      expect(Everything.view(Buffer.from(encoded.buffer, 0, 0)).aBytes).not.to.be.instanceOf(Buffer);
    });

    it('makes the same message in pieces, and does not copy the bytes at its end', () => {
      fc.assert(
        fc.property(uint32, bytes, (kind, data) => {
          const parts = Load.parts({ kind, data });
          expect(parts[1]).to.equal(data);
          expect(Buffer.concat(parts).equals(Load.encode({ kind, data }))).to.equal(true);
        }),
      );
    });

    it('refuses random and cut off bytes as malformed, and nothing else', () => {
      const attempt = (message: Uint8Array): void => {
        try {
          Everything.decode(message);
        } catch (error) {
          expect((error as Error).name).to.equal('MalformedMessage');
        }
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), attempt), { numRuns: 3000 });
      fc.assert(
        fc.property(everything, fc.nat(), (message, cut) => {
          const whole = Everything.encode(message);
          attempt(whole.subarray(0, cut % (whole.length + 1)));
        }),
      );
      expect(() => Everything.decode(Uint8Array.of(0x72, 5, 0x41))).to.throw(/^no Everything: /);
    });

    it('is not led astray by messages nested without end', () => {
      let nested: Uint8Array = new Uint8Array(0);
      for (let i = 0; i < 5000; i++) {
        const writer = protobuf.Writer.create();
        nested = writer.uint32(18).bytes(nested).finish();
      }
      const message = protobuf.Writer.create().uint32(138).bytes(nested).finish();
      try {
        Everything.decode(message);
      } catch (error) {
        expect((error as Error).name).to.equal('MalformedMessage');
      }
    });

    it('refuses whole numbers that a JavaScript number cannot hold', () => {
      const message = Everything.decode(new Uint8Array(0));
      expect(() => Everything.encode({ ...message, anInt64: 2 ** 53 })).to.throw(RangeError);
      const tooLarge = protobuf.Writer.create().uint32(72).uint64('9007199254740993').finish();
      expect(() => Everything.decode(tooLarge)).to.throw(/no whole number below 2\^53/);
    });
  });

  const refusals: readonly [what: string, proto: string, text: RegExp][] = [
    ['a syntax error', 'message {', /x\.proto: /],
    ['a file without messages', '', /there is no message/],
    ['a map', 'message A { map<string, int32> m = 1; }', /A\.m is a map; use a repeated message/],
    ['a service', 'message A {} service S {}', /"service S" is not supported/],
    ['an import', 'import "other.proto"; message A {}', /imports other\.proto/],
    ['a type that is not there', 'message A { Missing m = 1; }', /Missing/],
    ['a name twice', 'message A { message B {} } message C { message B {} }', /B is there twice/],
  ];
  for (const [what, proto, text] of refusals) {
    it(`cannot be made from ${what}`, () => {
      expect(() => generateCodec(`syntax = "proto3"; ${proto}`, 'x.proto')).to.throw(ProtoError, text);
    });
  }

  it('cannot be made from a required field', () => {
    const proto = 'syntax = "proto2"; message A { required int32 x = 1; }';
    expect(() => generateCodec(proto, 'x.proto')).to.throw(ProtoError, /write syntax = "proto3"/);
  });
});

/** A 64-bit integer as protobufjs takes it. */
function longOf(value: bigint, unsigned: boolean): { low: number; high: number; unsigned: boolean } {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned };
}
