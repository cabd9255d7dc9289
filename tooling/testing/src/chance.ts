import fc from 'fast-check';
import { afterAll, beforeEach } from 'vitest';

const TWO_32 = 2 ** 32;

/** FNV-1a of the text, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Numbers in [0, 1) that the text decides: xorshift32 from its hash. */
export function chanceOf(text: string): () => number {
  let state = hashOf(text) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / TWO_32;
  };
}

/**
 * Decides `Math.random` and the seed of fast-check by the name of each test, its file included, until the file is done. tfjs draws
 * from `Math.random` wherever a layer, an operation or `fit` has no seed, so a test sees the same weights in each run, alone or among
 * others, and one that fails can be run again. The environment's `WEIGHTKIT_CHANCE`, any text, gives other draws: a test must hold
 * for each.
 */
export function decideChance(): void {
  const random = Math.random;
  const other = globalThis.process?.env?.WEIGHTKIT_CHANCE ?? '';
  // What a file draws before its tests begin.
  Math.random = chanceOf(other);
  beforeEach(({ task }) => {
    const names = [task.name];
    for (let suite = task.suite; suite; suite = suite.suite) names.unshift(suite.name);
    const text = [task.file.name, ...names, other].join('\0');
    Math.random = chanceOf(text);
    fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: hashOf(text) });
  });
  afterAll(() => {
    Math.random = random;
  });
}
