import util from 'node:util';
import { useOnly } from './only.ts';

// tfjs-node 4.22 calls two functions that Node 24 no longer has.
const old = util as { isNullOrUndefined?: unknown; isArray?: unknown };
old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
old.isArray ??= Array.isArray;

await import('@tensorflow/tfjs-node');
await useOnly('tensorflow');
