import { expect, it } from 'vitest';
import { isUtf8 } from '../../../src/formats/gguf/is-utf8.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

it('isUtf8 says what the strict decoder does, for every first two bytes and what matters after those that matter', () => {
  // The deep tier goes on after every second byte.
  const others = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff];
  let wrong = 0;
  const look = (...bytes: number[]): void => {
    const given = Uint8Array.from(bytes);
    if (isUtf8(given, 0, given.length) !== decodes(given)) wrong++;
  };
  for (let first = 0; first < 256; first++) {
    look(first);
    for (let second = 0; second < 256; second++) {
      look(first, second);
      if (!others.includes(second)) continue;
      for (const third of others) {
        look(first, second, third);
        if (first >= 0xe0) for (const fourth of others) look(first, second, third, fourth);
      }
    }
  }
  expect(wrong).toBe(0);
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
