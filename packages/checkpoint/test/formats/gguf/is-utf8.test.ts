import { expect, it } from 'vitest';
import { isUtf8 } from '../../../src/formats/gguf/is-utf8.ts';
import { differences } from './utf8-texts.ts';

it('isUtf8 says what the strict decoder does, for every first two bytes and what matters after those that matter', () => {
  expect(differences()).toBe(0); // the deep tier goes on after every second byte
});

it('isUtf8 looks at nothing outside of its part', () => {
  const bytes = Uint8Array.of(0xff, 0xc3, 0xa9, 0xff);
  expect([isUtf8(bytes, 1, 3), isUtf8(bytes, 1, 2), isUtf8(bytes, 2, 3), isUtf8(bytes, 2, 2)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
