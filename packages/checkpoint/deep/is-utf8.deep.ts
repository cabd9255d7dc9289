import { expect, it } from 'vitest';
import { isUtf8 } from '../src/formats/gguf/is-utf8.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

it('isUtf8 says what the strict decoder does, for every first two bytes and all that matter after them', () => {
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
      for (const third of others) {
        look(first, second, third);
        if (first >= 0xe0) for (const fourth of others) look(first, second, third, fourth);
      }
    }
  }
  expect(wrong).toBe(0);
});
