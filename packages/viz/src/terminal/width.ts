/**
 * How many cells of a terminal a character takes: two for East Asian wide ones and emoji, none for marks that stand on the one before
 * and for those that show nothing, else one. Never fewer than terminals take.
 */
export function cellsOf(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}

/** Blocks of wide characters. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x191df],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d37f],
  [0x1f000, 0x1faff],
  [0x20000, 0x3fffd],
] as const;

/** The characters of a text that a terminal can show, those that would move its cursor replaced. */
export const charactersOf = (text: string): string[] =>
  Array.from(text, (character) => (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}]/u.test(character) ? '\ufffd' : character));

/** Cuts the end off characters that take more cells than there are. */
export function fit(characters: readonly string[], most: number): string[] {
  const sizes = characters.map(cellsOf);
  const all = sizes.reduce<number>((sum, size) => sum + size, 0);
  if (all <= most) return [...characters];
  const kept: string[] = [];
  let taken = 1;
  for (const [i, character] of characters.entries()) {
    taken += sizes[i]!;
    if (taken > most) break;
    kept.push(character);
  }
  return most > 0 ? [...kept, '…'] : [];
}
