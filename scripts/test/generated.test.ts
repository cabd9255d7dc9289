import { describe, expect, it } from 'vitest';
import { partsIn, withParts } from '../lib/generated.mjs';
import { tokensOf } from '../lib/table-inputs.mjs';

describe('parts of documents that a program writes', () => {
  const page =
    'has <!-- generated: count -->1<!-- /generated --> and\n\n<!-- generated: a table -->\nold\n<!-- /generated -->\n';

  it('partsIn(text) finds them in a line and on lines of their own', () => {
    expect(partsIn(page)).toEqual([
      { name: 'count', body: '1' },
      { name: 'a table', body: '\nold\n' },
    ]);
  });

  it('withParts(text, parts) writes them anew, and again the same', () => {
    const parts = { count: '2', 'a table': '| $& |' };
    const made = withParts(page, parts);
    expect(made).toBe(
      'has <!-- generated: count -->2<!-- /generated --> and\n\n<!-- generated: a table -->\n\n| $& |\n\n<!-- /generated -->\n',
    );
    expect(withParts(made, parts)).toBe(made);
  });

  it('withParts(text, parts) refuses a part that nobody writes and one that does not end', () => {
    expect(() => withParts(page, { count: '2' })).toThrow('nothing writes the part a table');
    expect(() => withParts('<!-- generated: a -->1', { a: '1' })).toThrow('must end');
  });
});

describe('tokensOf(text)', () => {
  it('is the same for other comments, layout and exports, and another for other code', () => {
    const code = "const f = (a: number) => 'x // b' + a;";
    expect(tokensOf(`/** Doc. */\nexport ${code.replace('=> ', '=>\n  // what\n  ')}`)).toBe(tokensOf(code));
    for (const [from, to] of [
      ['// b', '// c'],
      [' + a', ''],
      ['const', 'let'],
    ] as const)
      expect(tokensOf(code.replace(from, to))).not.toBe(tokensOf(code));
  });
});
