import { readFileSync } from 'node:fs';
import { type Codes, packCodes, packedBytes, unpackCodes } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** One bit after the other, as the documentation says it: no words. */
function bitByBit(codes: ArrayLike<number>, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  for (let i = 0; i < codes.length; i++)
    for (let b = 0; b < bits; b++) {
      const at = i * bits + b;
      if ((codes[i]! >> b) & 1) bytes[at >> 3]! |= 1 << (at & 7);
    }
  return bytes;
}

const everyWidth = fc.record({
  bits: fc.integer({ min: 1, max: 16 }),
  signed: fc.boolean(),
  raw: fc.array(fc.integer({ min: 0, max: 65535 }), { maxLength: 200 }),
});

function codesOf({ bits, signed, raw }: { bits: number; signed: boolean; raw: number[] }): Codes {
  const list = raw.map((x) => (x & (2 ** bits - 1)) - (signed ? 2 ** (bits - 1) : 0));
  if (bits <= 8) return signed ? Int8Array.from(list) : Uint8Array.from(list);
  return signed ? Int16Array.from(list) : Uint16Array.from(list);
}

interface Golden {
  bits: number;
  codes: number[];
  packed: string;
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/packing.json', import.meta.url), 'utf8'));

describe('packCodes', () => {
  it.each(cases as Golden[])('gives the bytes of numpy.packbits at $bits bits', ({ bits, codes, packed }) => {
    expect(Buffer.from(packCodes(Uint16Array.from(codes), bits)).toString('base64')).toBe(packed);
  });

  it('puts every bit where the documentation says, at every width', () => {
    fc.assert(
      fc.property(everyWidth, (made) => {
        const codes = codesOf(made);
        expect(packCodes(codes, made.bits)).toEqual(bitByBit(codes, made.bits));
      }),
      { numRuns: 300 },
    );
  });

  it('is undone by unpackCodes, from the middle of a buffer too', () => {
    fc.assert(
      fc.property(everyWidth, fc.integer({ min: 0, max: 5 }), (made, start) => {
        const codes = codesOf(made);
        const bytes = packCodes(codes, made.bits);
        expect(bytes).toHaveLength(packedBytes(codes.length, made.bits));
        const within = new Uint8Array(bytes.length + start + 3).fill(255);
        within.set(bytes, start);
        const view = within.subarray(start, start + bytes.length);
        const layout = { bits: made.bits, length: codes.length, signed: made.signed };
        expect(unpackCodes(view, layout)).toEqual(codes);
      }),
      { numRuns: 300 },
    );
  });

  it('names the first code that needs more bits, of either sign', () => {
    expect(() => packCodes(Uint8Array.of(1, 7, 8, 9), 3)).toThrow(
      new RangeError('packCodes: codes of 3 bits must be 0 to 7, got 8 at codes[2]'),
    );
    expect(() => packCodes(Int8Array.of(-4, 3, -5), 3)).toThrow(
      new RangeError('packCodes: codes of 3 bits must be -4 to 3, got -5 at codes[2]'),
    );
    expect(() => packCodes(Int16Array.of(128), 8)).toThrow('got 128 at codes[0]');
    expect(packCodes(Int16Array.of(-128, 127), 8)).toEqual(Uint8Array.of(128, 127));
  });

  it('leaves its argument as it is and gives bytes of its own', () => {
    const codes = Uint8Array.of(1, 2, 3);
    const bytes = packCodes(codes, 8);
    bytes[0] = 9;
    expect(codes).toEqual(Uint8Array.of(1, 2, 3));
    expect(packCodes(new Uint8Array(0), 5)).toHaveLength(0);
  });
});
