import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lendBuffer, openCheckpoint } from '@weightkit/checkpoint';
import { afterAll, expect, it } from 'vitest';
import { joined, little } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'weightkit-spare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('lendBuffer has files read through it, by one reader at a time', async () => {
  const header = JSON.stringify({
    a: { dtype: 'U8', shape: [5], data_offsets: [0, 5] },
    b: { dtype: 'U8', shape: [3], data_offsets: [5, 8] },
  });
  const path = join(folder, 'a.safetensors');
  writeFileSync(path, joined(little(header.length), header, [1, 2, 3, 4, 5, 6, 7, 8]));
  const lent = Array.from({ length: 4 }, () => new Uint8Array(1 << 20));
  for (const buffer of lent) lendBuffer(buffer);
  const { tensors, close } = await openCheckpoint(path);
  const [a, b] = tensors.map((tensor) => tensor.byteChunks(2)[Symbol.asyncIterator]());
  const pieces: number[][] = [];
  const used: number[] = [];
  for (const reader of [a!, b!, a!, b!, a!]) {
    const { value } = await reader.next();
    pieces.push([...value]);
    used.push(lent.findIndex(({ buffer }) => buffer === value.buffer));
  }
  expect(pieces).toEqual([[1, 2], [6, 7], [3, 4], [8], [5]]);
  expect(used.every((place) => place >= 0)).toBe(true);
  expect(used[0] === used[1] || used[0] === used[3] || used[2] === used[1] || used[2] === used[3]).toBe(false);
  await close();
});

it('lendBuffer refuses what is no buffer of 1 MiB', () => {
  expect(() => lendBuffer(new Uint8Array(3))).toThrow('lendBuffer: buffer must have 1048576 bytes, got 3');
  expect(() => lendBuffer(new ArrayBuffer(1 << 20) as never)).toThrow('lendBuffer: buffer must be a Uint8Array, got');
});
