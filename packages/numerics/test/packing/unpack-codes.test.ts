import { unpackCodes } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';

describe('unpackCodes', () => {
  it('does not look at what fills up the last byte', () => {
    expect(unpackCodes(Uint8Array.of(0b1111_1101), { bits: 1, length: 2 })).toEqual(Uint8Array.of(1, 0));
    expect(unpackCodes(Uint8Array.of(0xff, 0xff), { bits: 11, length: 1 })).toEqual(Uint16Array.of(2047));
    expect(unpackCodes(Uint8Array.of(0xff, 0xff), { bits: 11, length: 1, signed: true })).toEqual(Int16Array.of(-1));
  });

  it('refuses bytes of another length before it makes an array of a hostile size', () => {
    const bytes = new Uint8Array(3);
    expect(() => unpackCodes(bytes, { bits: 4, length: 2 ** 30 })).toThrow(
      new RangeError('unpackCodes: bytes of 1073741824 codes of 4 bits must have length 536870912, got 3'),
    );
    expect(() => unpackCodes(bytes, { bits: 16, length: Number.MAX_SAFE_INTEGER })).toThrow(
      'unpackCodes: length must fit in one array, got 9007199254740991',
    );
    expect(() => unpackCodes(bytes, { bits: 17, length: 1 })).toThrow(
      'unpackCodes: bits must be an integer from 1 to 16',
    );
    expect(() => unpackCodes(bytes, { bits: 4, length: -1 })).toThrow(
      'unpackCodes: length must be an integer of 0 or more',
    );
    expect(() => unpackCodes(bytes, { bits: 4, length: 7 })).toThrow('must have length 4, got 3');
  });
});
