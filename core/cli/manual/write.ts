import { mkdirSync, writeFileSync } from 'node:fs';
import { manualPages } from './pages.js';

// Part of the build: this file is dist/core/cli/manual/write.js then.
const root = new URL('../../../../', import.meta.url);
const directory = new URL('dist/man/', root);
mkdirSync(directory, { recursive: true });
for (const page of manualPages(root)) writeFileSync(new URL(page.file, directory), page.text);
