import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { Mutation } from './mutation.js';

const root = new URL('../../../', import.meta.url);

/** A module with a mutation in it. */
export interface PatchedModule {
  readonly url: string;
  /** What is loaded in its place: JavaScript. */
  readonly code: string;
}

/**
 * The mutated text of a mutation's file, in memory. Throws an Error if the text to be replaced is not in the file exactly
 * once: then the protocol has changed and the table has to follow.
 */
export function mutatedSource({ id, file, find, replace }: Mutation): string {
  const source = readFileSync(new URL(file, root), 'utf8');
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(
      `mutation ${id}: its text is ${places} times in ${file}, it has to be there once; correct the table`,
    );
  }
  return source.replace(find, () => replace);
}

/** The mutated module, ready to be loaded. Throws as `mutatedSource`, and if the mutated text is no TypeScript. */
export function patchModule(mutation: Mutation): PatchedModule {
  const { outputText, diagnostics } = ts.transpileModule(mutatedSource(mutation), {
    fileName: mutation.file,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
      experimentalDecorators: true,
    },
  });
  const wrong = diagnostics?.[0];
  if (wrong !== undefined) {
    throw new Error(`mutation ${mutation.id}: ${ts.flattenDiagnosticMessageText(wrong.messageText, ' ')}`);
  }
  return { url: new URL(mutation.file, root).href, code: outputText };
}
