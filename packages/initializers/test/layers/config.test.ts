import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decode, encode } from '../../src/layers/config.ts';

it('decode(encode(options)) gives the options back through JSON, infinite bounds too', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true }).map((x) => x + 0),
    fc.constantFrom('fanIn', 'normal'),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (options) => {
      const saved = JSON.parse(JSON.stringify(encode(options)));
      expect(decode(saved)).toEqual(options);
    }),
  );
  expect(encode({ lower: -Infinity, upper: Infinity, std: 0 })).toEqual({ lower: '-inf', upper: 'inf', std: 0 });
});
