import { createHash } from 'node:crypto';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { expect, it, vi } from 'vitest';

// Of their own: whatever ran before may have been lent the buffers.
vi.resetModules();
const {
  affineCodes,
  blockExtents,
  compareMagnitudes,
  countMagnitudes,
  integerValues,
  extent,
  float16Bits,
  integerCodes,
  pieceBuffer,
  zeroSmaller,
} = await import('@weightkit/numerics');
const { useWasm } = await import('../../src/wasm/instance.ts');

const LENGTHS = [0, 1, 15, 16, 17, 32_768, 32_769, 70_001, 1 << 18];
const buffers: Uint8Array[] = [];
for (let buffer = pieceBuffer(); buffer; buffer = pieceBuffer()) buffers.push(buffer);

/** Long lists are compared by their hashes, which takes less time. */
const hashOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array | Uint16Array | Uint8Array): string =>
  createHash('sha1')
    .update(Buffer.from(buffer, byteOffset, byteLength))
    .digest('hex');

/** All that looks at pieces. */
function look(x: Float32Array) {
  const counts = (upper?: number) => {
    const counter = countMagnitudes(upper);
    counter.add(x);
    return hashOf(counter.end());
  };
  return {
    extent: extent(x),
    codes8: hashOf(affineCodes(x, new Uint8Array(x.length), { scale: 8 / 255, min: -4, max: 4, law: 'float32' })),
    codes16: hashOf(affineCodes(x, new Uint16Array(x.length), { scale: 8 / 65_535, min: -4, max: 4 })),
    halves: hashOf(float16Bits(x)),
    magnitudes: compareMagnitudes(x, 0.5),
    upper: counts(),
    lower: counts(0x3f00),
  };
}

it('pieceBuffer gives four buffers of 1 MiB that do not meet, and null after them and without WebAssembly', () => {
  expect(buffers.map(({ length }) => length)).toEqual([1 << 20, 1 << 20, 1 << 20, 1 << 20]);
  expect(new Set(buffers.map(({ buffer }) => buffer)).size).toBe(1);
  for (let i = 1; i < 4; i++)
    expect(buffers[i]!.byteOffset).toBeGreaterThanOrEqual(buffers[i - 1]!.byteOffset + (1 << 20));
  useWasm(false);
  expect(pieceBuffer()).toBeNull();
  useWasm(true);
  expect(pieceBuffer()).toBeNull();
});

it.each(LENGTHS)(
  'what lies in a pieceBuffer is looked at as anything else is, and stays as it is: %i entries',
  (length) => {
    const x = fillNormal(new Float32Array(length), randomKey(length));
    const expected = look(x);
    for (const [i, buffer] of buffers.entries()) {
      buffer.fill(0xff);
      // At the end of its buffer, and at its beginning.
      const place = i % 2 === 0 ? buffer.byteOffset : buffer.byteOffset + buffer.length - 4 * length;
      const inside = new Float32Array(buffer.buffer, place, length);
      inside.set(x);
      expect(look(inside)).toEqual(expected);
      expect(hashOf(inside)).toBe(hashOf(x));
      const out = new Float32Array(length);
      zeroSmaller(inside, { threshold: 0.5, ties: 0, out });
      expect(hashOf(inside)).toBe(hashOf(x));
      expect(hashOf(out)).toBe(hashOf(x.map((value) => (Math.abs(value) > 0.5 ? value : 0))));
    }
  },
);

it('counts go on while other things look at what lies in a pieceBuffer', () => {
  const [a, b] = buffers.map((buffer) => new Float32Array(buffer.buffer, buffer.byteOffset, 40_000)) as [
    Float32Array,
    Float32Array,
  ];
  fillNormal(a, randomKey(1));
  fillNormal(b, randomKey(2));
  const [first, second] = [countMagnitudes(), countMagnitudes()];
  first.add(a);
  second.add(b);
  extent(b);
  float16Bits(a);
  first.add(b);
  second.add(b);
  const alone = countMagnitudes();
  alone.add(Float32Array.from([...a, ...b]));
  const twice = countMagnitudes();
  twice.add(Float32Array.from([...b, ...b]));
  expect(hashOf(first.end()) === hashOf(alone.end())).toBe(true);
  expect(hashOf(second.end()) === hashOf(twice.end())).toBe(true);
});

it.each(LENGTHS)('codes are made in a pieceBuffer as anywhere else, and nothing beside them: %i entries', (length) => {
  const x = fillNormal(new Float32Array(length), randomKey(length));
  const [source, target] = [buffers[1]!, buffers[2]!];
  const inside = new Float32Array(source.buffer, source.byteOffset, length);
  inside.set(x);
  const grid8 = { scale: 8 / 255, min: -4, max: 4 };
  const grid16 = { scale: 8 / 65_535, min: -4, max: 4 };
  const makers: [1 | 2, (values: Float32Array, out: Uint8Array | Uint16Array) => unknown][] = [
    [1, (values, out) => affineCodes(values, out, grid8)],
    [1, (values, out) => affineCodes(values, out, { ...grid8, law: 'float32' })],
    [2, (values, out) => affineCodes(values, out, grid16)],
    [2, (values, out) => affineCodes(values, out, { ...grid16, law: 'float32' })],
    [2, (values, out) => float16Bits(values, { out: out as Uint16Array })],
  ];
  for (const [bytes, make] of makers)
    for (const values of [x, inside])
      for (const place of [64, 2 ** 20 - bytes * length - 64]) {
        const Codes = bytes === 1 ? Uint8Array : Uint16Array;
        const expected = new Codes(length);
        make(x, expected);
        target.fill(0xa5);
        make(values, new Codes(target.buffer as ArrayBuffer, target.byteOffset + place, length));
        const end = place + bytes * length;
        expect(hashOf(target.slice(place, end))).toBe(hashOf(new Uint8Array(expected.buffer)));
        expect(target.subarray(0, place).every((byte) => byte === 0xa5)).toBe(true);
        expect(target.subarray(end).every((byte) => byte === 0xa5)).toBe(true);
      }
  expect(inside.every((value, i) => value === x[i])).toBe(true);
});

it('codes that overlap what they are made of, whose place they take, are right', () => {
  const x = fillNormal(new Float32Array(32_768), randomKey(5));
  const buffer = buffers[3]!;
  const inside = new Float32Array(buffer.buffer, buffer.byteOffset + 4096, x.length);
  inside.set(x);
  const out = new Uint16Array(buffer.buffer, buffer.byteOffset + 4096 + 64, x.length);
  expect(hashOf(float16Bits(inside, { out }))).toBe(hashOf(float16Bits(x)));
});

it.each([16, 64, 1000, 70_000, 1 << 18])(
  'codes are made and decoded within buffers, and nothing beside them changes: %i entries',
  (length) => {
    const [xs, cs, ys] = buffers as [Uint8Array, Uint8Array, Uint8Array];
    const x = fillNormal(new Float32Array(length), randomKey(length));
    const blocks = { shape: [length / 8, 8], block: [length / 8, 8] };
    const scales = Float32Array.of(0.03);
    const limits = { least: -128, most: 127 };
    const codes = integerCodes(x, new Int8Array(length), { ...blocks, scales, ...limits });
    const values = integerValues(codes, { ...blocks, scales });
    for (const buffer of [cs, ys]) buffer.fill(0x55);
    const inside = new Float32Array(xs.buffer, xs.byteOffset, length);
    inside.set(x);
    // 16 bytes further in, so that what lies before is seen too.
    const made = new Int8Array(cs.buffer, cs.byteOffset + 16, Math.min(length, cs.length - 32));
    const from = inside.subarray(0, made.length);
    const part = { shape: [made.length], block: [made.length] };
    integerCodes(from, made, { ...part, scales, ...limits });
    expect(hashOf(new Uint8Array(made))).toBe(hashOf(new Uint8Array(codes.buffer, 0, made.length)));
    expect(blockExtents(from, part)).toEqual(blockExtents(x.subarray(0, made.length), part));
    const room = new Float32Array(ys.buffer, ys.byteOffset + 16, Math.min(made.length, ys.length / 4 - 8));
    integerValues(made.subarray(0, room.length), { shape: [room.length], block: [room.length], scales, out: room });
    expect(hashOf(room)).toBe(hashOf(values.slice(0, room.length)));
    for (const [buffer, used] of [
      [cs, made.byteLength],
      [ys, room.byteLength],
    ] as const) {
      expect(buffer.subarray(0, 16).every((byte) => byte === 0x55)).toBe(true);
      expect(buffer.subarray(16 + used).every((byte) => byte === 0x55)).toBe(true);
    }
  },
);
