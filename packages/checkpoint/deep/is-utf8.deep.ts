import { expect, it } from 'vitest';
import { ALL, differences } from '../test/formats/gguf/utf8-texts.ts';

it('isUtf8 says what the strict decoder does, for every first two bytes and all that matter after them', () => {
  expect(differences(ALL)).toBe(0);
});
