import { setFlagsFromString } from 'node:v8';

/*
 * Imported first, before the heap has grown. V8 lets the space of new objects grow to 48 MiB, which a daemon that keeps
 * hardly any of what it makes fills with garbage; at its first size the pauses are as short and come often enough. The
 * flag is known to be read each time by V8 11 (Node 20); what later ones make of it is not known here.
 */
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--semi-space-growth-factor=1');
