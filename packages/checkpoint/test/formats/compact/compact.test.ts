import {
  type Checkpoint,
  type CheckpointTensor,
  type CodesEncoding,
  codedTensor,
  codeParts,
  computedTensor,
  openCheckpoint,
  plainCodec,
  toArtifacts,
  writeCheckpoint,
} from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32 } from '../../../src/access/crc32.ts';
import { bytesOf, faultOf, golden, joined, little, openBytes } from '../../support.ts';

const [made] = golden<{ file: string; values: Record<string, string> }>('compact', 'numpy and zlib');
const file = bytesOf(made!.file);

const collected = async (tensor: CheckpointTensor, count: number): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of tensor.chunks(count)) {
    const { buffer, byteOffset, byteLength, length } = piece as Float32Array;
    expect(length).toBeLessThanOrEqual(count);
    pieces.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
  }
  return joined(...pieces);
};

it('openCheckpoint reads what numpy wrote by the page of the format, to the bit', async () => {
  const { format, tensors, extras } = await openBytes('a.compact', file);
  expect(format).toBe('compact');
  expect(extras.metadata).toEqual({ made: 'by hand' });
  expect(extras.modelJson).toEqual([
    ['format', '"layers-model"'],
    ['modelTopology', '{"a": [1, 2.50]}'],
  ]);
  expect(tensors.map(({ name }) => name)).toEqual(Object.keys(made!.values));
  for (const tensor of tensors) {
    const values = (await tensor.values()) as Float32Array;
    const wanted = bytesOf(made!.values[tensor.name]!);
    expect(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), tensor.name).toEqual(wanted);
    for (const count of [1, 7, 8, 1000]) expect(await collected(tensor, count), tensor.name).toEqual(wanted);
  }
});

it('writeCheckpoint writes what was read again, to the byte, and openCheckpoint has it in other formats', async () => {
  const checkpoint = await openBytes('a.compact', file);
  const files = new Map<string, Uint8Array>();
  const report = await writeCheckpoint(checkpoint, files);
  expect(report.format).toBe('compact');
  expect(report.dropped).toEqual([]);
  const again = await openCheckpoint(files);
  expect(again.extras).toEqual(checkpoint.extras);
  for (const [i, tensor] of again.tensors.entries()) {
    const { name, shape, dtype, encoding } = checkpoint.tensors[i]!;
    expect(tensor).toMatchObject({ name, shape, dtype, encoding });
    expect(await tensor.bytes()).toEqual(await checkpoint.tensors[i]!.bytes());
  }
  const twice = new Map<string, Uint8Array>();
  await writeCheckpoint(again, twice);
  expect(twice.get('model.compact')).toEqual(files.get('model.compact'));
  for (const format of ['safetensors', 'tfjs', 'npz'] as const) {
    const out = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, out, { format });
    const other = await openCheckpoint(out);
    for (const { name, ...tensor } of other.tensors)
      expect(await tensor.values(), `${format} ${name}`).toEqual(
        await checkpoint.tensors.find((one) => one.name === name)!.values(),
      );
  }
});

it('toArtifacts gives decoded values, topology and entries', async () => {
  const artifacts = await toArtifacts(await openBytes('a.compact', file));
  expect(artifacts.modelTopology).toEqual({ a: [1, 2.5] });
  const int4 = artifacts.weightSpecs.find(({ name }) => name === 'int4');
  expect(int4).toEqual({ name: 'int4', shape: [3, 70], dtype: 'float32' });
});

const stored = (bytes: Uint8Array): Map<string, Uint8Array> => new Map([['a.compact', bytes]]);

it('writeCheckpoint keeps strings, what a manifest said of weights, and names of any kind', async () => {
  const specs = [
    { name: '0', shape: [2], dtype: 'string' },
    { name: '__proto__', shape: [1], dtype: 'float32', note: 'kept' },
  ];
  const weightData = joined(little(2, 4), 'ab', little(0, 4), [...new Uint8Array(Float32Array.of(3).buffer)]);
  const source = await openCheckpoint({ weightSpecs: specs, weightData: weightData.slice().buffer } as never);
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(source, files, { format: 'compact' });
  const again = await openCheckpoint(files);
  expect(await Promise.all(again.tensors.map((tensor) => tensor.values()))).toEqual([['ab', ''], Float32Array.of(3)]);
  expect((await toArtifacts(again)).weightSpecs).toEqual(specs);
});

const any = fc
  .record({
    bits: fc.integer({ min: 1, max: 16 }),
    signed: fc.boolean(),
    view: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
    edges: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
    zeroPoints: fc.constantFrom(false, true, 'float32' as const),
    divided: fc.boolean(),
    entries: fc.integer({ min: 0, max: 20 }),
    seed: fc.nat(),
  })
  .map(({ bits, signed, view, edges, zeroPoints, divided, entries, seed }) => {
    const codebook = Math.min(entries, 2 ** bits);
    const plain = codebook === 0;
    const block = view.map((n, i) => Math.min(n, edges[i]!));
    const size = view.reduce((a, b) => a * b, 1);
    const countOf = (edges: readonly number[]) => view.reduce((product, n, i) => product * Math.ceil(n / edges[i]!), 1);
    const count = countOf(block);
    const factors = view.map((n, i) => Math.min(n, edges[2 - i]!));
    const low = plain && signed ? -(2 ** (bits - 1)) : 0;
    const draw = (i: number): number => low + ((seed + i * 7919) % (plain ? 2 ** bits : codebook));
    const Codes = bits > 8 ? (plain && signed ? Int16Array : Uint16Array) : plain && signed ? Int8Array : Uint8Array;
    const encoding: CodesEncoding = {
      kind: 'codes',
      grid: 'any',
      bits,
      signed: plain && signed,
      view,
      block,
      scales: seed % 2 ? 'float32' : 'e8m0',
      zeroPoints: plain && zeroPoints,
      codebook,
      ...(divided ? { factors } : {}),
    };
    const zeroOf = (_: unknown, k: number): number => draw(k + 3);
    const between = Float32Array.from({ length: count }, (_, k) => draw(k + 3) + 1 / 3);
    const codesOfZero = Int32Array.from({ length: count }, zeroOf);
    const parts = {
      codes: Codes.from(Array.from({ length: size }, (_, i) => draw(i))),
      scales: Float32Array.from({ length: count }, (_, k) => 2 ** ((k % 30) - 20) * (seed % 2 ? 1.1 : 1)),
      zeroPoints: encoding.zeroPoints === 'float32' ? between : encoding.zeroPoints ? codesOfZero : null,
      codebook: plain ? null : Float32Array.from({ length: codebook }, (_, i) => Math.sin(i)),
      ...(divided ? { factors: Float32Array.from({ length: countOf(factors) }, (_, k) => 0.3 + k) } : {}),
    };
    return { encoding, parts, shape: [size] };
  });

const checkpointOf = (tensors: CheckpointTensor[]): Checkpoint => ({
  format: 'compact',
  extras: {},
  tensors,
  close: async () => {},
});

it('what codedTensor is given comes back from codeParts of the file, and as the same values', async () => {
  await fc.assert(
    fc.asyncProperty(any, async ({ encoding, parts, shape }) => {
      const tensor = codedTensor({ name: 'w', shape, encoding, parts: () => parts });
      const files = new Map<string, Uint8Array>();
      const { bytes } = await writeCheckpoint(checkpointOf([tensor, { ...tensor, name: 'again' }]), files);
      expect(files.get('model.compact')).toHaveLength(bytes);
      const { tensors } = await openCheckpoint(files);
      for (const one of tensors) {
        expect(one.encoding).toEqual(encoding);
        expect(await codeParts(one)).toEqual(parts);
        expect(await one.values()).toEqual(await tensor.values());
        expect(await collected(one, 5)).toEqual(await collected(tensor, 1000));
      }
    }),
  );
});

/** A file of a header and data, with the right checksum and length. */
const fileOf = (header: unknown, ...data: (Uint8Array | readonly number[])[]): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return joined('', [0x89], 'WKC\r\n\x1a\n', little(1, 4), little(crc32(json), 4), little(json.length), json, ...data);
};
/** Bytes and their checksum. */
const section = (...bytes: number[]): Uint8Array => joined(bytes, little(crc32(Uint8Array.from(bytes)), 4));
const model = (text: string): Uint8Array => section(...new TextEncoder().encode(text));
const W = { name: 'w', shape: [2], dtype: 'float32', at: [0, 12] };
const DATA = section(0, 0, 128, 63, 0, 0, 0, 64);
const info = (change: object, ...data: Uint8Array[]): Uint8Array =>
  fileOf({ tensors: [{ ...W, ...change }] }, ...(data.length > 0 ? data : [DATA]));
const CODES: CodesEncoding = {
  kind: 'codes',
  grid: 'int4',
  bits: 4,
  signed: true,
  view: [3],
  block: [2],
  scales: 'float32',
  zeroPoints: false,
  codebook: 0,
};
const SCALES = section(0, 0, 128, 63, 0, 0, 0, 64);
const codes = (change: object, ...sections: Uint8Array[]): Uint8Array => {
  const data = sections.length > 0 ? sections : [SCALES, section(0x21, 0x03)];
  const end = data.reduce((sum, { length }) => sum + length, 0);
  return fileOf({ tensors: [{ ...W, shape: [3], at: [0, end], encoding: { ...CODES, ...change } }] }, ...data);
};

it('openCheckpoint takes the files that hostile ones are made of', async () => {
  const [plain] = (await openBytes('a', info({}))).tensors;
  expect(await plain!.values()).toEqual(Float32Array.of(1, 2));
  const [coded] = (await openBytes('a', codes({}))).tensors;
  expect(await coded!.values()).toEqual(Float32Array.of(1, 2, 6));
  expect((await openBytes('a', fileOf({ tensors: [] }))).tensors).toEqual([]);
  expect((await openBytes('a', fileOf({ model: 2, tensors: [] }, model('{}')))).extras).toEqual({ modelJson: [] });
});

const whole = info({});
const changed = (at: number, byte: number): Uint8Array => {
  const bytes = whole.slice();
  bytes[at] = byte;
  return bytes;
};

const hostile: [title: string, bytes: Uint8Array, check: string, byte?: number][] = [
  ['nothing but its mark', whole.subarray(0, 8), 'header-too-small', 0],
  ['no header', whole.subarray(0, 23), 'header-too-small', 0],
  ['a mark whose line ends were changed', joined(whole.subarray(0, 4), '\n\x1a\n', whole.subarray(8)), 'mark', 0],
  ['version 0', changed(8, 0), 'version', 8],
  ['version 2', changed(8, 2), 'version', 8],
  ['a header of 2^56 bytes', changed(23, 1), 'header-too-large', 16],
  ['a header longer than the file', changed(17, 1), 'header-length', 16],
  ['a header of another checksum', changed(30, 0x20), 'crc', 24],
  ['another checksum of the header', changed(12, whole[12]! ^ 1), 'crc', 24],
  ['a header that is no JSON', fileOf('{"tensors":'), 'json'],
  [
    'a header that is not UTF-8',
    fileOf({ tensors: [] }).map((b, i, all) => (i === 30 ? 0xff : i > 11 && i < 16 ? crcOf(all)[i - 12]! : b)),
    'utf-8',
    24,
  ],
  ['a key twice', fileOf('{"tensors":[],"tensors":[]}'), 'duplicate-key'],
  ['a header of 600 lists in lists', fileOf(`${'['.repeat(600)}${']'.repeat(600)}`), 'json'],
  ['a list as a header', fileOf([]), 'header', 24],
  ['no tensors', fileOf({}), 'header', 24],
  ['tensors that are no list', fileOf({ tensors: {} }), 'header', 24],
  ['a key that nobody knows', fileOf({ tensors: [], more: 1 }), 'header', 24],
  ['metadata that are no texts', fileOf({ metadata: { a: 1 }, tensors: [] }), 'metadata', 24],
  ['a model of no bytes', fileOf({ model: 0, tensors: [] }), 'model'],
  ['a model of 2^50 bytes', fileOf({ model: 2 ** 50, tensors: [] }), 'model'],
  ['a model that ends behind the file', fileOf({ model: 10, tensors: [] }, model('{}')), 'file-length'],
  ['a model of another checksum', fileOf({ model: 2, tensors: [] }, [0x7b, 0x7d, 0, 0, 0, 0]), 'crc'],
  ['a model that is a list', fileOf({ model: 2, tensors: [] }, model('[]')), 'model'],
  ['a model with a key twice', fileOf({ model: 13, tensors: [] }, model('{"a":1,"a":2}')), 'duplicate-key'],
  ['a tensor that is null', fileOf({ tensors: [null] }), 'tensor-info'],
  ['a tensor without a name', info({ name: undefined }), 'tensor-name'],
  ['a tensor with a key that nobody knows', info({ scale: 1 }), 'tensor-info'],
  ['a tensor without a shape', info({ shape: undefined }), 'tensor-info'],
  ['a shape of fractions', info({ shape: [0.5] }), 'shape'],
  ['a shape below 0', info({ shape: [-2] }), 'shape'],
  ['a shape that cannot be counted', info({ shape: [2 ** 40, 2 ** 40] }), 'overflow'],
  ['a dtype of another world', info({ dtype: 'float33' }), 'dtype'],
  ['offsets that are none', info({ at: [0] }), 'offsets'],
  ['an offset of 2^60', info({ at: [0, 2 ** 60] }), 'offsets'],
  ['a hole before a tensor', info({ at: [4, 16] }), 'offsets'],
  ['a tensor that ends before it begins', info({ at: [0, -1] }), 'offsets'],
  ['a tensor without room for its checksum', info({ at: [0, 3] }), 'offsets'],
  ['a tensor of another length', info({ at: [0, 8] }), 'length'],
  ['10^12 values in 12 bytes', info({ shape: [10 ** 12] }), 'length'],
  ['10^9 strings in 12 bytes', info({ dtype: 'string', shape: [10 ** 9] }), 'length'],
  ['less data than its tensors say', info({}, DATA.subarray(0, 10)), 'file-length'],
  ['more data than its tensors say', info({}, DATA, section()), 'file-length'],
  ['a name twice', fileOf({ tensors: [W, { ...W, at: [12, 24] }] }, DATA, DATA), 'duplicate-name'],
  ['rest that is no JSON', info({ rest: [['note', '{']] }), 'rest'],
  ['rest that is no pairs', info({ rest: ['note'] }), 'rest'],
  ['an encoding that is a text', info({ encoding: 'plain' }), 'encoding'],
  ['an encoding of ggml', info({ encoding: { kind: 'ggml', type: 'Q8_0' } }), 'encoding'],
  [
    'an affine scale that is null',
    info({ encoding: { kind: 'affine', storage: 'uint8', scale: null, min: 0 } }),
    'encoding',
  ],
  ['affine codes of float16', info({ encoding: { kind: 'affine', storage: 'float16', scale: 1, min: 0 } }), 'encoding'],
  ['float16 of int32', info({ dtype: 'int32', encoding: { kind: 'float16' } }), 'encoding'],
  ['codes of int32', info({ dtype: 'int32', encoding: CODES }), 'encoding'],
  ['codes of no values', info({ shape: [0], encoding: { ...CODES, view: [0] } }), 'encoding'],
  ['codes of 2^31 values', info({ shape: [2 ** 31], encoding: { ...CODES, view: [2 ** 31] } }), 'encoding'],
  ['codes of 0 bits', codes({ bits: 0 }), 'encoding'],
  ['codes of 17 bits', codes({ bits: 17 }), 'encoding'],
  ['codes of 4.5 bits', codes({ bits: 4.5 }), 'encoding'],
  ['a sign that is 1', codes({ signed: 1 }), 'encoding'],
  ['a grid without a name', codes({ grid: '' }), 'encoding'],
  ['a view of other values', codes({ view: [4] }), 'encoding'],
  ['blocks of another rank', codes({ block: [1, 2] }), 'encoding'],
  ['blocks of 0', codes({ block: [0] }), 'encoding'],
  ['blocks larger than the shape', codes({ block: [4] }), 'encoding'],
  ['scales of float64', codes({ scales: 'float64' }), 'encoding'],
  ['zero points that are a list', codes({ zeroPoints: [0] }), 'encoding'],
  ['zero points of float64', codes({ zeroPoints: 'float64' }), 'encoding'],
  ['zero points beside a codebook', codes({ signed: false, codebook: 2, zeroPoints: 'float32' }), 'encoding'],
  ['factors that are true', codes({ factors: true }), 'encoding'],
  ['factors of another rank', codes({ factors: [1, 1] }), 'encoding'],
  ['factors of blocks of 0', codes({ factors: [0] }), 'encoding'],
  ['factors that have no section', codes({ factors: [3] }), 'length'],
  ['a codebook of 17 entries for 4 bits', codes({ signed: false, codebook: 17 }), 'encoding'],
  ['a codebook and a sign', codes({ codebook: 2 }), 'encoding'],
  ['a key more in an encoding', codes({ more: 1 }), 'encoding'],
  ['a section less', codes({}, section(0x21, 0x03)), 'length'],
];

function crcOf(bytes: Uint8Array): number[] {
  const header = bytes.slice(24);
  header[6] = 0xff;
  return little(crc32(header), 4);
}

it.each(hostile)('openCheckpoint refuses a compact file with %s', async (_title, bytes, check, byte) => {
  const fault = await faultOf(openCheckpoint(stored(bytes)));
  expect(fault.check).toBe(check);
  if (byte !== undefined) expect(fault.byte).toBe(byte);
  expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
});

const spoiled = (bytes: Uint8Array, fromEnd: number): Uint8Array => {
  const out = bytes.slice();
  out[out.length - fromEnd]! ^= 1;
  return out;
};
const zeros = { zeroPoints: true };
const between = { zeroPoints: 'float32' };
const FACTOR = section(0, 0, 0, 64);
const table = { signed: false, codebook: 3 };
const one = section(...new Array(12).fill(0));

const hostileData: [title: string, bytes: Uint8Array, check: string][] = [
  ['numbers of another checksum', spoiled(whole, 5), 'crc'],
  ['another checksum of numbers', spoiled(whole, 1), 'crc'],
  ['codes of another checksum', spoiled(codes({}), 5), 'crc'],
  ['scales of another checksum', spoiled(codes({}), 7), 'crc'],
  ['a scale of 0', codes({}, section(...new Array(8).fill(0)), section(0x21, 3)), 'scales'],
  ['a scale below 0', codes({}, section(0, 0, 128, 63, 0, 0, 0, 192), section(0x21, 3)), 'scales'],
  ['a scale of infinity', codes({}, section(0, 0, 128, 63, 0, 0, 128, 127), section(0x21, 3)), 'scales'],
  ['a scale of NaN', codes({}, section(0, 0, 128, 63, 0, 0, 192, 127), section(0x21, 3)), 'scales'],
  ['a power of two that is NaN', codes({ scales: 'e8m0' }, section(127, 255), section(0x21, 3)), 'scales'],
  ['bits behind the last code', codes({}, SCALES, section(0x21, 0x13)), 'padding'],
  [
    'bits behind the last zero point',
    codes({ ...zeros, block: [3] }, section(0, 0, 128, 63), section(0x10), section(0x21, 3)),
    'padding',
  ],
  ['a zero point of NaN', codes(between, SCALES, section(0, 0, 0, 0, 0, 0, 192, 127), section(0x21, 3)), 'zero-points'],
  ['a factor of 0', codes({ factors: [3] }, SCALES, section(0, 0, 0, 0), section(0x21, 3)), 'factors'],
  ['a factor of infinity', codes({ factors: [3] }, SCALES, section(0, 0, 128, 127), section(0x21, 3)), 'factors'],
  ['factors of another checksum', spoiled(codes({ factors: [3] }, SCALES, FACTOR, section(0x21, 3)), 7), 'crc'],
  ['a code that the codebook has not', codes(table, one, SCALES, section(0x21, 3)), 'codes'],
  [
    'a string that ends behind its tensor',
    info({ dtype: 'string', shape: [1], at: [0, 12] }, section(9, 0, 0, 0, 97, 0, 0, 0)),
    'string-length',
  ],
  [
    'bytes behind its strings',
    info({ dtype: 'string', shape: [1], at: [0, 12] }, section(1, 0, 0, 0, 97, 0, 0, 0)),
    'string-length',
  ],
];

it.each(hostileData)('values refuses %s, and names tensor and byte', async (_title, bytes, check) => {
  const { tensors } = await openCheckpoint(stored(bytes));
  const read = tensors[0]!.values().then(() => checkpointOf([]));
  const fault = await faultOf(read);
  expect(fault).toMatchObject({ check, tensor: 'w', file: 'a.compact' });
  const start = 24 + new DataView(bytes.buffer).getUint32(16, true);
  expect(fault.byte).toBeGreaterThanOrEqual(start);
  expect(fault.byte).toBeLessThan(bytes.length);
  const pieces = (async () => {
    for await (const _ of tensors[0]!.chunks(8));
    return checkpointOf([]);
  })();
  expect((await faultOf(pieces)).check).toBe(check);
});

/** Bytes by file name, of a write in shards. */
async function sharded(checkpoint: Checkpoint, shardBytes: number): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'compact', shardBytes });
  return files;
}

it('writeCheckpoint writes shards and an index where a file would be larger, and openCheckpoint has the same of them', async () => {
  const checkpoint = await openBytes('a.compact', file);
  const total = checkpoint.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect([...(await sharded(checkpoint, total)).keys()]).toEqual(['model.compact']);
  for (const shardBytes of [1, 100, 400, total - 1]) {
    const files = await sharded(checkpoint, shardBytes);
    const shards = [...files.keys()].filter((name) => name.endsWith('.compact')).sort();
    expect(shards.length).toBeGreaterThan(1);
    const of = String(shards.length).padStart(5, '0');
    expect(shards).toEqual(shards.map((_, i) => `model-${String(i + 1).padStart(5, '0')}-of-${of}.compact`));
    const { weight_map: map, metadata } = JSON.parse(new TextDecoder().decode(files.get('model.compact.index.json')));
    expect(metadata).toEqual({ total_size: total });
    const again = await openCheckpoint(files);
    expect(again.format).toBe('compact');
    expect(again.extras).toEqual(checkpoint.extras);
    expect(again.tensors.map(({ name }) => name)).toEqual(checkpoint.tensors.map(({ name }) => name));
    for (const [i, tensor] of again.tensors.entries()) {
      const { name, shape, dtype, encoding } = checkpoint.tensors[i]!;
      expect(tensor).toMatchObject({ name, shape, dtype, encoding });
      expect(await tensor.bytes()).toEqual(await checkpoint.tensors[i]!.bytes());
      // Each shard is a file of its own, with no more than it may have, but for a tensor that is larger alone.
      const alone = await openBytes(map[name], files.get(map[name])!);
      const bytes = alone.tensors.reduce((sum, one) => sum + one.byteLength, 0);
      expect(bytes).toBeLessThanOrEqual(Math.max(shardBytes, ...alone.tensors.map((one) => one.byteLength)));
      expect(alone.tensors.some((one) => one.name === name)).toBe(true);
      expect(alone.extras.modelJson !== undefined).toBe(map[name] === shards[0]);
    }
    // One file again.
    const one = new Map<string, Uint8Array>();
    await writeCheckpoint(again, one);
    const direct = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, direct);
    expect(one).toEqual(direct);
  }
});

it('shards keep the order of tensors whose names are numbers, and what a manifest said of each', async () => {
  const specs = ['10', '9', 'a', '0'].map((name, i) => ({ name, shape: [2], dtype: 'float32', note: i }));
  const weightData = Float32Array.from({ length: 8 }, (_, i) => i).buffer;
  const source = await openCheckpoint({ weightSpecs: specs, weightData } as never);
  const again = await openCheckpoint(await sharded(source, 8));
  expect((await toArtifacts(again)).weightSpecs).toEqual(specs);
  expect(await Promise.all(again.tensors.map((tensor) => tensor.values()))).toEqual(
    [0, 2, 4, 6].map((x) => Float32Array.of(x, x + 1)),
  );
});

it('openCheckpoint refuses shards that do not belong to their index, and reads the others of a spoiled one', async () => {
  const checkpoint = await openBytes('a.compact', file);
  const files = await sharded(checkpoint, 200);
  const [first, second] = [...files.keys()].filter((name) => name.endsWith('.compact')).sort() as [string, string];
  const refused = async (changes: [string, Uint8Array | null][], check: string) => {
    const other = new Map(files);
    for (const [name, bytes] of changes) {
      if (bytes) other.set(name, bytes);
      else other.delete(name);
    }
    const fault = await faultOf(openCheckpoint(other));
    expect(fault.check).toBe(check);
    expect(fault.message).toMatch(/^openCheckpoint: .+, got .+/);
  };
  await refused([[second, null]], 'unreadable');
  await refused([[second, files.get(first)!]], 'index');
  await refused([[second, fileOf({ tensors: [] })]], 'index');
  await refused([[second, files.get(second)!.subarray(0, -1)]], 'file-length');
  const index = (change: (map: Record<string, string>) => void): [string, Uint8Array] => {
    const value = JSON.parse(new TextDecoder().decode(files.get('model.compact.index.json')));
    change(value.weight_map);
    return ['model.compact.index.json', new TextEncoder().encode(JSON.stringify(value))];
  };
  await refused([index((map) => delete map.bias)], 'index');
  await refused([index((map) => Object.assign(map, { bias: second }))], 'index');
  await refused([index((map) => Object.assign(map, { more: second }))], 'index');
  await refused([index((map) => Object.assign(map, { bias: '../a.compact' }))], 'file-name');
  // A second model: whose would it be?
  const two = fileOf(
    { model: 2, tensors: [{ name: 'w', shape: [2], dtype: 'float32', at: [6, 18] }] },
    model('{}'),
    DATA,
  );
  await refused([['b.compact', two], index((map) => Object.assign(map, { w: 'b.compact' }))], 'index');

  const spoiledSecond = files.get(second)!.slice();
  spoiledSecond[spoiledSecond.length - 5]! ^= 1;
  const { tensors } = await openCheckpoint(new Map([...files, [second, spoiledSecond]]));
  expect(await tensors[0]!.values()).toEqual(await checkpoint.tensors[0]!.values());
  const inSecond = (await openBytes(second, files.get(second)!)).tensors.at(-1)!;
  const fault = await faultOf(
    tensors
      .find(({ name }) => name === inSecond.name)!
      .values()
      .then(() => checkpoint),
  );
  expect(fault).toMatchObject({ check: 'crc', tensor: inSecond.name, file: second });
});

it('chunks gives all values of a tensor of several pieces of the file, in order', async () => {
  const size = 3 << 20;
  const encoding: CodesEncoding = { ...CODES, view: [size], block: [64] };
  const parts = {
    codes: Int8Array.from({ length: size }, (_, i) => (i % 16) - 8),
    scales: new Float32Array(size / 64).fill(0.5),
    zeroPoints: null,
    codebook: null,
  };
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpointOf([codedTensor({ name: 'w', shape: [size], encoding, parts: () => parts })]), files);
  const { tensors } = await openCheckpoint(files);
  let at = 0;
  for await (const piece of tensors[0]!.chunks(1 << 16)) {
    if ((piece as Float32Array).some((x, i) => x !== (((at + i) % 16) - 8) / 2))
      throw new Error(`other values at ${at}`);
    at += piece.length;
  }
  expect(at).toBe(size);
});

it('codedTensor refuses what is none, and numbers that do not belong to its encoding', async () => {
  const parts = {
    codes: Int8Array.of(1, 2, 3),
    scales: Float32Array.of(1, 2),
    zeroPoints: null,
    codebook: null,
  };
  const read = (change: object, encoding: object = {}): Promise<unknown> =>
    codedTensor({
      name: 'w',
      shape: [3],
      encoding: { ...CODES, ...encoding } as CodesEncoding,
      parts: () => ({ ...parts, ...change }),
    }).values();
  await expect(read({ codes: Uint8Array.of(1, 2, 3) })).rejects.toThrow('codedTensor: codes must be a Int8Array');
  await expect(read({ codes: Int8Array.of(1, 2) })).rejects.toThrow('codedTensor: codes must take 2 bytes, got 1');
  await expect(read({ codes: Int8Array.of(1, 2, 8) })).rejects.toThrow('packCodes: codes of 4 bits must be -8 to 7');
  await expect(read({ scales: Float32Array.of(1) })).rejects.toThrow('codedTensor: scales must take 8 bytes, got 4');
  await expect(read({ scales: Float32Array.of(1, 0) })).rejects.toThrow('scales must be finite and above 0');
  await expect(read({ scales: Float32Array.of(1, 3) }, { scales: 'e8m0' })).rejects.toThrow('must be powers of two');
  await expect(read({ zeroPoints: Int32Array.of(1, 2) })).rejects.toThrow('zeroPoints must be as encoding says');
  const halves = { zeroPoints: 'float32' };
  await expect(read({ zeroPoints: Int32Array.of(1, 2) }, halves)).rejects.toThrow(
    'zeroPoints must be as encoding says',
  );
  await expect(read({ zeroPoints: Float32Array.of(1, 2) }, zeros)).rejects.toThrow(
    'zeroPoints must be as encoding says',
  );
  await expect(read({ zeroPoints: Float32Array.of(1, Number.NaN) }, halves)).rejects.toThrow('must be finite');
  await expect(read({ zeroPoints: Float32Array.of(1) }, halves)).rejects.toThrow('zeroPoints must take 8 bytes, got 4');
  await expect(read({ factors: Float32Array.of(1) })).rejects.toThrow('factors must be as encoding says');
  await expect(read({}, { factors: [3] })).rejects.toThrow('factors must be as encoding says');
  await expect(read({ factors: [1] }, { factors: [3] })).rejects.toThrow('factors must be a Float32Array');
  await expect(read({ factors: Float32Array.of(0) }, { factors: [3] })).rejects.toThrow('must be finite and above 0');
  await expect(read({ factors: Float32Array.of(1, 2) }, { factors: [3] })).rejects.toThrow('factors must take 4 bytes');
  await expect(read({ codebook: Float32Array.of(1) })).rejects.toThrow('codebook must be as encoding says');
  expect(() => codedTensor({ name: 'w', shape: [3], encoding: { ...CODES, bits: 99 }, parts: () => parts })).toThrow(
    'codedTensor: bits must be 1 to 16, got 99',
  );
  const plain = computedTensor({
    name: 'p',
    shape: [0],
    dtype: 'float32',
    codec: plainCodec('float32'),
    byteLength: 0,
    async *stream() {},
  });
  await expect(codeParts(plain)).rejects.toThrow('codeParts: tensor must be stored as codes, got');
});
