import { isUtf8 } from '../../../src/formats/gguf/is-utf8.ts';

/** Bytes at the ends of the ranges that the law of UTF-8 names, and some beside them. */
const ENDS = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff];
export const ALL: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** How often isUtf8 and the strict decoder differ: on every first two bytes, and on those that go on after these second ones. */
export function differences(seconds: readonly number[] = ENDS): number {
  let wrong = 0;
  const look = (...bytes: number[]): void => {
    const given = Uint8Array.from(bytes);
    if (isUtf8(given, 0, given.length) !== decodes(given)) wrong++;
  };
  for (const first of ALL) {
    look(first);
    for (const second of ALL) look(first, second);
    for (const second of seconds)
      for (const third of ENDS) {
        look(first, second, third);
        if (first >= 0xe0) for (const fourth of ENDS) look(first, second, third, fourth);
      }
  }
  return wrong;
}
