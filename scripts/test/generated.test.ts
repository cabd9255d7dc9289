import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentParts, generatedDocuments, sizesIn } from '../lib/document-parts.mjs';
import { partsIn, withParts } from '../lib/generated.mjs';
import { packagesOf } from '../lib/packages.mjs';
import { root } from '../lib/root.mjs';
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

  it('withParts(text, parts) takes the comments of MDX, and no end of the other kind', () => {
    expect(withParts('{/* generated: a */}1{/* /generated */}', { a: '2' })).toBe(
      '{/* generated: a */}2{/* /generated */}',
    );
    expect(() => withParts('{/* generated: a */}1<!-- /generated -->', { a: '2' })).toThrow('must end');
  });

  it('withParts(text, parts) refuses a part that nobody writes and one that does not end', () => {
    expect(() => withParts(page, { count: '2' })).toThrow('nothing writes the part a table');
    expect(() => withParts('<!-- generated: a -->1', { a: '1' })).toThrow('must end');
  });
});

describe('tokensOf(text)', () => {
  it('is the same for other types, comments, layout and exports, and another for other code', () => {
    const code = "import 'b';\nconst f = (a: number) => 'x // b' + a;";
    expect(tokensOf(`/** Doc. */\n${code.replace('const', 'export const').replace('=> ', '=>\n  // what\n  ')}`)).toBe(
      tokensOf(code),
    );
    expect(tokensOf(code.replace('number', 'string').replace('+ a', '+ a!'))).toBe(tokensOf(code));
    for (const [from, to] of [
      ['// b', '// c'],
      [' + a', ''],
      ['const', 'let'],
    ] as const)
      expect(tokensOf(code.replace(from, to))).not.toBe(tokensOf(code));
  });
});

describe('READMEs and pages', () => {
  it('have in their parts what the programs write', () => {
    const documents = generatedDocuments();
    expect(documents.map(({ path }) => path)).toContain('website/docs/bundlers.md');
    for (const { path, text, made } of documents)
      expect(text, `${path} is stale: run node scripts/write-documents.mjs`).toBe(made);
  });

  it('begin no line within a paragraph with a part: Markdown would end the paragraph there', () => {
    for (const { path, text } of generatedDocuments()) expect(text, path).not.toMatch(/^[^\s<|].*\n<!-- generated: /m);
  });

  it('say that there is no release until there is one, the README of every package too', () => {
    const paths = generatedDocuments().map(({ path }) => path);
    const readmes = packagesOf().map(({ folder }) => `packages/${basename(folder)}/README.md`);
    for (const readme of readmes)
      expect(readFileSync(join(root, readme), 'utf8'), readme).toContain('<!-- generated: unreleased -->');
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'website/docs/install.md', ...readmes]));
    expect(documentParts({ released: false }).unreleased).toContain('Not on npm yet');
    const released = generatedDocuments(documentParts({ released: true })).map(({ made }) => made);
    expect(released.join()).not.toContain('Not on npm yet');
  });

  it('sizesIn(text) reads the table that e2e writes', () => {
    const text = '| `@weightkit/viz` |  104.1 |  299.4 |   185.2 |    526.3 |';
    const viz = { gzipped: 104.1, minified: 299.4, tarball: 185.2, unpacked: 526.3 };
    expect(sizesIn(text)).toEqual({ '@weightkit/viz': viz });
    expect(documentParts({ sizes: sizesIn(text) })['sizes of viz']).toBe('299 kB minified, 104 kB gzipped');
  });
});
