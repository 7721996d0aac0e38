import { writeReference } from './reference.js';

// npx tsx spec-tests/config/write-reference.ts
await writeReference();
