import { existsSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convertLarge } from '../src/large-files.ts';

/** Of 32 MB each: 6 GB. */
const TENSORS = 180;
const MOST = 512e6;
/** The pruned file is not sparse, and the quantized one is a quarter of it. */
const FREE = 20e9;

const { bavail, bsize } = statfsSync(tmpdir());
const reason = !existsSync('/proc/self/status')
  ? 'no /proc'
  : bavail * bsize < FREE
    ? `less than 20 GB free in ${tmpdir()}`
    : '';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-large-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.skipIf(reason !== '')(
  `a file of 6 GB is scanned, pruned globally and quantized under 512 MB, in three shards and after kills to the same bytes${reason && `: ${reason}`}`,
  { timeout: 1_800_000 },
  async () => {
    const { resident, found, expected, hashes, kills } = await convertLarge(folder, TENSORS, 0.98);
    console.log(`resident at most: ${Math.round(resident.most / 1e6)} MB`);
    expect(found).toEqual(expected);
    expect(hashes[1]).toEqual(hashes[0]);
    expect(kills).toEqual([true, true, true, true]);
    expect(hashes[2]).toEqual(hashes[0]);
    expect(resident.most).toBeLessThan(MOST);
  },
);
