import { type CheckpointSource, openCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { crc32 } from '../../src/access/crc32.ts';
import { joined, little } from '../support.ts';

const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
const file = joined(little(header.length), header, new Uint8Array(Float32Array.of(1, 2).buffer));
const json = joined(
  '{"weightsManifest":[{"paths":["sub/w.bin"],"weights":[{"name":"a","shape":[2],"dtype":"float32"}]}]}',
);
const data = file.slice(-8);
const blob = (bytes: Uint8Array): Blob => new Blob([bytes as Uint8Array<ArrayBuffer>]);
const named = (name: string, bytes: Uint8Array): File => new File([bytes as Uint8Array<ArrayBuffer>], name);

/** A directory as the File System API hands it out. */
const directory = (files: Record<string, Uint8Array | Record<string, Uint8Array>>, name = 'folder'): object => ({
  kind: 'directory',
  name,
  getFileHandle: async (file: string) => {
    const bytes = files[file];
    if (!(bytes instanceof Uint8Array)) throw new DOMException('no file', 'NotFoundError');
    return { getFile: async () => named(file, bytes) };
  },
  getDirectoryHandle: async (folder: string) => {
    const inside = files[folder];
    if (!inside || inside instanceof Uint8Array) throw new DOMException('no folder', 'NotFoundError');
    return directory(inside, folder);
  },
});

it.each<[string, unknown]>([
  ['bytes', file],
  ['bytes inside a larger buffer', joined([1, 2, 3], file).subarray(3)],
  ['an ArrayBuffer', file.slice().buffer],
  ['a Blob', blob(file)],
  ['a File', named('a.safetensors', file)],
  ['a list of one File', [named('a.safetensors', file)]],
  [
    'a list of Files with an index',
    [named('w.bin', data), named('model.json', joined(new TextDecoder().decode(json).replace('sub/', '')))],
  ],
  [
    'a Map of bytes by name',
    new Map([
      ['x/sub/w.bin', data],
      ['x/model.json', json],
    ]),
  ],
  ['a directory handle', directory({ 'model.json': json, sub: { 'w.bin': data } })],
])('openCheckpoint opens %s', async (_title, source) => {
  const checkpoint = await openCheckpoint(source as CheckpointSource);
  expect([...((await checkpoint.tensors[0]!.values()) as Float32Array)]).toEqual([1, 2]);
  await checkpoint.close();
});

it.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['a number', 7],
  ['an empty text', ''],
  ['an object', {}],
  ['a Promise', Promise.resolve(file)],
  ['an empty list', []],
  ['a list of texts', ['a']],
  ['an empty Map', new Map()],
  ['a Map of texts', new Map([['a', 'b']])],
  ['a function', () => file],
  ['a Date', new Date()],
  ['floats', Float32Array.of(1)],
])('openCheckpoint refuses %s', async (_title, source) => {
  await expect(openCheckpoint(source as CheckpointSource)).rejects.toThrow(/^openCheckpoint: .+, got .+/);
});

it('openCheckpoint says which file is wanted when the files beside an index are not given', async () => {
  await expect(openCheckpoint(json)).rejects.toThrow('a file that names others must be given with them');
  await expect(openCheckpoint(directory({ 'model.json': json }) as CheckpointSource)).rejects.toThrow('sub/w.bin');
  await expect(openCheckpoint(directory({}) as CheckpointSource)).rejects.toThrow(
    'a folder must hold one of model.json',
  );
});

it('what a tensor gives is the caller’s own', async () => {
  const bytes = file.slice();
  const { tensors } = await openCheckpoint(bytes);
  const own = await tensors[0]!.bytes();
  own.fill(255);
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([1, 2]);
  expect(bytes).toEqual(file);
});

it('crc32 has the value of the published check and goes on from a part', () => {
  // The check value of CRC-32/ISO-HDLC (ITU-T V.42).
  const text = new TextEncoder().encode('123456789');
  expect(crc32(text)).toBe(0xcbf43926);
  for (let i = 0; i <= 9; i++) expect(crc32(text.subarray(i), crc32(text.subarray(0, i)))).toBe(0xcbf43926);
});
