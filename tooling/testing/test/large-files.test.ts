import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convertLarge } from '../src/large-files.ts';

/**
 * Beyond a process that only opens the file: two pieces that are read (1 MB each), one that is made (1 MB at most), two rooms of the
 * kernels (0.7 MB each), counts (1 MB), V8's young generation (48 MB at most: three semi-spaces of 16) and buffers that wait for the
 * collector. 200 MB of file in memory, or a third of it, would be over.
 */
const MORE = 64e6;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-large-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.skipIf(!existsSync('/proc/self/status'))(
  'a file of 200 MB is scanned, pruned globally and quantized in the memory of a few pieces, in three shards and after kills to the same bytes',
  { timeout: 300_000 },
  async () => {
    const { resident, found, expected, hashes, kills } = await convertLarge(folder, 6, 0.98);
    expect(found).toEqual(expected);
    expect(hashes[1]).toEqual(hashes[0]);
    expect(kills).toEqual([true, true, true, true]);
    expect(hashes[2]).toEqual(hashes[0]);
    expect(resident.most).toBeLessThan(resident.open + MORE);
  },
);
