import { openCheckpoint, plainCodec, writeCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { type DecodedType, dequantizeBlocks, isDecoded } from '../../../src/formats/gguf/dequantize-blocks.ts';
import { bytesOf, faultOf, golden, joined, little, openBytes } from '../../support.ts';

const blocks = golden<{ type: string; bytes: string; float32: string }>('gguf', 'gguf.quants.dequantize');

it.each(blocks)('the numbers of $type are those of the reference, bit for bit', ({ type, bytes, float32 }) => {
  const data = bytesOf(bytes);
  const values = isDecoded(type)
    ? dequantizeBlocks(data, type satisfies string as DecodedType)
    : plainCodec(type === 'F16' ? 'float16' : 'bfloat16').decode(data);
  const wanted = new Float32Array(bytesOf(float32).slice().buffer);
  expect(values.length).toBe(wanted.length);
  // NaNs are compared as NaNs: their bits are the processor's.
  expect([...(values as Float32Array)]).toEqual([...wanted]);
});

interface Written {
  file: string;
  plain: number[];
  half: number[];
  q8: number[];
}
const [written] = golden<Written>('gguf', 'gguf.GGUFWriter');

it('openCheckpoint reads what the reference wrote', async () => {
  const checkpoint = await openBytes('a.gguf', bytesOf(written!.file));
  expect(checkpoint.format).toBe('gguf');
  expect(checkpoint.extras.metadata).toMatchObject({
    'general.architecture': 'llama',
    answer: '42',
    pi: '3.25',
    yes: 'true',
    text: 'é\n',
    words: '["a","bc",""]',
    numbers: '[1,2,3]',
    large: '1152921504606846977',
  });
  const { tensors } = checkpoint;
  expect(tensors.map(({ name, shape, dtype, encoding }) => [name, shape, dtype, encoding.kind])).toEqual([
    ['plain', [3, 64], 'float32', 'plain'],
    ['half', [3, 64], 'float16', 'plain'],
    ['q8', [3, 64], 'float32', 'ggml'],
    ['ints', [5], 'int32', 'plain'],
  ]);
  for (const [i, name] of (['plain', 'half', 'q8'] as const).entries())
    expect([...((await tensors[i]!.values()) as Float32Array)]).toEqual(written![name]);
  expect([...((await tensors[3]!.values()) as Int32Array)]).toEqual([0, 1, 2, 3, 4]);
  const pieces: number[] = [];
  for await (const piece of tensors[2]!.chunks(40)) pieces.push(...(piece as Float32Array));
  expect(pieces).toEqual(written!.q8);
});

it('openCheckpoint names the byte order of a file that the reference wrote big-endian', async () => {
  const [big] = golden<{ file: string }>('gguf', 'gguf.GGUFWriter(endianess=BIG)');
  expect(await faultOf(openBytes('a.gguf', bytesOf(big!.file)))).toMatchObject({
    check: 'byte-order',
    byte: 4,
    message:
      'openCheckpoint: numbers must be little-endian; a big-endian file cannot be read yet, got "big-endian" (file "a.gguf", byte 4)',
  });
});

it('writeCheckpoint turns GGUF into safetensors, blocks as float32', async () => {
  const files = new Map<string, Uint8Array>();
  const report = await writeCheckpoint(await openBytes('a.gguf', bytesOf(written!.file)), files);
  expect(report.format).toBe('safetensors');
  expect(report.converted).toEqual([
    { name: 'q8', from: { dtype: 'float32', encoding: 'ggml' }, to: { dtype: 'float32', encoding: 'plain' } },
  ]);
  const { tensors, extras } = await openCheckpoint(files);
  expect(extras.metadata?.answer).toBe('42');
  const q8 = tensors.find(({ name }) => name === 'q8')!;
  expect([...((await q8.values()) as Float32Array)]).toEqual(written!.q8);
});

const text = (value: string): Uint8Array => joined(little(value.length), value);
const head = (tensors: number | bigint, keys: number | bigint, version = 3): Uint8Array =>
  joined('GGUF', little(version, 4), little(tensors), little(keys));
const info = (name: string, dims: (number | bigint)[], type = 0, offset: number | bigint = 0): Uint8Array =>
  joined(text(name), little(dims.length, 4), ...dims.map((dim) => little(dim)), little(type, 4), little(offset));
/** A file with its tensors' bytes at the alignment. */
const file = (parts: Uint8Array[], data: number, alignment = 32): Uint8Array => {
  const begin = joined(...parts);
  const pad = (alignment - (begin.length % alignment)) % alignment;
  return joined(begin, new Uint8Array(pad + data));
};

const hostile: [title: string, bytes: Uint8Array, check: string][] = [
  ['nothing but its mark', joined('GGUF'), 'header-length'],
  ['version 0', head(0, 0, 0), 'version'],
  ['version 4', head(0, 0, 4), 'version'],
  ['big-endian numbers', joined('GGUF', [0, 0, 0, 3], new Uint8Array(16)), 'byte-order'],
  ['2^64 - 1 tensors', head(2n ** 64n - 1n, 0), 'limit'],
  ['10^7 tensors and no more bytes', head(10_000_000, 0), 'header-length'],
  ['2^63 keys', head(0, 2n ** 63n), 'limit'],
  ['a key of 2^63 bytes', joined(head(0, 1), little(2n ** 63n)), 'limit'],
  ['a key of 11 MB', joined(head(0, 1), little(11_000_000)), 'limit'],
  ['a key over the file', joined(head(0, 1), little(1000), 'key'), 'header-length'],
  ['a key that is not UTF-8', joined(head(0, 1), little(2), [0xff, 0xfe], little(4, 4), little(1, 4)), 'utf-8'],
  ['a value of kind 13', joined(head(0, 1), text('k'), little(13, 4), little(0)), 'metadata'],
  ['a value of kind 2^32 - 1', joined(head(0, 1), text('k'), little(0xffffffff, 4), little(0)), 'metadata'],
  ['a boolean of 2', joined(head(0, 1), text('k'), little(7, 4), [2]), 'metadata'],
  ['a list of 2^40 numbers', joined(head(0, 1), text('k'), little(9, 4), little(4, 4), little(2n ** 40n)), 'limit'],
  [
    'a list of 10^6 numbers and no more bytes',
    joined(head(0, 1), text('k'), little(9, 4), little(4, 4), little(1_000_000)),
    'header-length',
  ],
  [
    'lists in lists in lists in lists in lists',
    joined(
      head(0, 1),
      text('k'),
      little(9, 4),
      ...new Array(5).fill(joined(little(9, 4), little(1))),
      little(4, 4),
      little(1),
    ),
    'metadata',
  ],
  ['a key twice', joined(head(0, 2), text('k'), little(0, 4), [1], text('k'), little(0, 4), [1]), 'duplicate-key'],
  ['an alignment of 0', joined(head(0, 1), text('general.alignment'), little(4, 4), little(0, 4)), 'alignment'],
  ['an alignment of 24', joined(head(0, 1), text('general.alignment'), little(4, 4), little(24, 4)), 'alignment'],
  ['an alignment that is a text', joined(head(0, 1), text('general.alignment'), little(8, 4), text('32')), 'alignment'],
  [
    'an alignment that is infinite',
    joined(head(0, 1), text('general.alignment'), little(6, 4), [0, 0, 128, 127]),
    'alignment',
  ],
  ['a name of 65 bytes', file([head(1, 0), info('n'.repeat(65), [1])], 4), 'tensor-name'],
  ['9 dimensions', file([head(1, 0), info('a', new Array(9).fill(1))], 4), 'shape'],
  ['2^32 - 1 dimensions', joined(head(1, 0), text('a'), little(0xffffffff, 4)), 'shape'],
  ['a dimension of 2^60', file([head(1, 0), info('a', [2n ** 60n])], 4), 'limit'],
  ['a product that is too large', file([head(1, 0), info('a', [2 ** 40, 2 ** 40])], 4), 'overflow'],
  ['type 4, which is no more', file([head(1, 0), info('a', [1], 4)], 4), 'dtype'],
  ['type 2^31', file([head(1, 0), info('a', [1], 2 ** 31)], 4), 'dtype'],
  ['a row that is no whole block', file([head(1, 0), info('a', [33], 8)], 400), 'shape'],
  ['an offset between two alignments', file([head(1, 0), info('a', [1], 0, 4)], 400), 'alignment'],
  ['an offset over the file', file([head(1, 0), info('a', [1], 0, 2 ** 40)], 400), 'file-length'],
  ['an offset of 2^64 - 32', file([head(1, 0), info('a', [1], 0, 2n ** 64n - 32n)], 400), 'limit'],
  ['a tensor that ends behind the file', file([head(1, 0), info('a', [2])], 4), 'file-length'],
  ['a name twice', file([head(2, 0), info('a', [1]), info('a', [1], 0, 32)], 64), 'duplicate-name'],
  ['tensors over each other', file([head(2, 0), info('a', [16]), info('b', [1], 0, 32)], 64), 'offsets'],
  ['a tensor over another one with one begin', file([head(2, 0), info('a', [16]), info('b', [16])], 64), 'offsets'],
  ['less than its tensors say', joined(head(2, 0), info('a', [1])), 'header-length'],
  ['a header that ends in a number', joined(head(1, 0), info('a', [1])).subarray(0, 40), 'header-length'],
  [
    '43 bytes that once made a reader hang',
    joined(head(0, 1), text('k'), little(9, 4), little(9, 4), [255]),
    'header-length',
  ],
];
it.each(hostile)('openCheckpoint refuses a GGUF file with %s', async (_title, bytes, check) => {
  const fault = await faultOf(openBytes('a.gguf', bytes));
  expect(fault.check).toBe(check);
  expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
});

it('openCheckpoint takes an alignment that the file states, and a file without tensors', async () => {
  const aligned = joined(head(1, 1), text('general.alignment'), little(4, 4), little(64, 4), info('a', [1]));
  const { tensors } = await openBytes('a.gguf', file([aligned], 4, 64));
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([0]);
  expect((await openBytes('b.gguf', head(0, 0))).tensors).toEqual([]);
});

// Blocks of the gguf package 0.19 (GGML_QUANT_SIZES) that are newer than the golden file.
it.each([
  ['NVFP4', 40, 64, 36],
  ['Q1_0', 41, 128, 18],
])('openCheckpoint opens a file with blocks of %s, and gives their bytes', async (type, code, values, bytes) => {
  const parts = [head(2, 0), info('a', [2 * values, 3], code), info('b', [1], 0, 32 * Math.ceil((6 * bytes) / 32))];
  const { tensors } = await openBytes('a.gguf', file(parts, 32 * Math.ceil((6 * bytes) / 32) + 4));
  expect(tensors[0]).toMatchObject({ shape: [3, 2 * values], byteLength: 6 * bytes, encoding: { kind: 'ggml', type } });
  expect((await tensors[0]!.bytes()).length).toBe(6 * bytes);
  expect([...((await tensors[1]!.values()) as Float32Array)]).toEqual([0]);
});

it('values says which types of blocks it decodes', async () => {
  const { tensors } = await openBytes('a.gguf', file([head(1, 0), info('a', [256], 14)], 210));
  expect((await tensors[0]!.bytes()).length).toBe(210);
  await expect(tensors[0]!.values()).rejects.toThrow('values of blocks must be of type Q8_0, Q4_0 or Q4_K');
});
