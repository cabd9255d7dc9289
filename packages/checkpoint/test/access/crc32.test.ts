import { crc32 as ofZlib } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, crc32Reference } from '../../src/access/crc32.ts';

it('crc32 is that of zlib, with and without Node, in one piece and in two', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      const expected = ofZlib(bytes);
      for (const crc of [crc32, crc32Reference]) {
        expect(crc(bytes)).toBe(expected);
        expect(crc(bytes.subarray(at), crc(bytes.subarray(0, at)))).toBe(expected);
      }
    }),
  );
});

it('crc32 has the check value of its catalogue', () => {
  // https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iso-hdlc
  expect(crc32Reference(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});
