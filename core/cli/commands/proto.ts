import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { generateCodec } from '../proto.js';
import type { Output } from './context.js';

/** Writes FILE.proto.ts beside each .proto file. Throws a ProtoError, or the file system's. */
export function makeCodecs(files: readonly string[], output: Output): void {
  for (const file of files) {
    const target = `${file}.ts`;
    writeFileSync(target, generateCodec(readFileSync(file, 'utf8'), basename(file)));
    output.out(`${target} written`);
  }
}
