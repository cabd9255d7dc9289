import { report } from '@weightkit/viz';
import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { script, scriptHash } from '../../src/report/script.generated.ts';
import { charts, count } from '../figures.ts';

const figures = Object.values(charts).map((chart) => chart());
const table = { columns: ['stage', 'accuracy'], rows: [['float32', 0.9812]] };

const parse = (html: string) => {
  const { document } = new Window();
  document.write(html);
  return document;
};

describe('report(items, options)', () => {
  const html = report(
    [...figures, table, { heading: 'Sizes', paragraphs: ['One.', 'Two.'], figure: figures[0]!, table }],
    {
      title: 'A run',
      intro: 'What happened.',
    },
  );

  it('asks for nothing outside itself', () => {
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|\/\/\w|@import|<link/);
    for (const [, reference] of html.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s]+)/g)) {
      expect(reference).toMatch(/^#/);
    }
    // One script, by its hash.
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src '${scriptHash}'"`);
  });

  it('holds every figure with its caption, its table and a drawing for a phone', () => {
    const document = parse(html);
    const n = figures.length + 1;
    expect(document.querySelectorAll('figure')).toHaveLength(n);
    expect(document.querySelectorAll('figure > .wide > svg[role=img]')).toHaveLength(n);
    expect(document.querySelectorAll('figure > .narrow > svg[viewBox^="0 0 340 "]')).toHaveLength(n);
    expect(document.querySelectorAll('figure > figcaption')).toHaveLength(n);
    expect(document.querySelectorAll('figure > details table')).toHaveLength(n);
    figures.forEach(({ description }, i) => {
      expect(document.querySelectorAll('figcaption')[i]!.textContent).toBe(description);
    });
  });

  it('has no id twice, and every picture finds its name and description', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...html.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, value]) => value!.split(' '));
    expect(references).toHaveLength(4 * (figures.length + 1));
    for (const reference of references) expect(ids).toContain(reference);
  });

  it('holds title, introduction, headings, paragraphs and bare tables in order', () => {
    const document = parse(html);
    expect(document.querySelector('title')!.textContent).toBe('A run');
    expect(document.querySelector('h1')!.textContent).toBe('A run');
    expect([...document.querySelectorAll('p')].map((p) => p.textContent)).toEqual(['What happened.', 'One.', 'Two.']);
    expect(document.querySelector('section > h2')!.textContent).toBe('Sizes');
    expect(document.querySelectorAll('main > .scroll table, section > .scroll table')).toHaveLength(2);
    expect(
      [...document.querySelector('section > .scroll')!.querySelectorAll('tr > *')].map((e) => e.textContent),
    ).toEqual(['stage', 'accuracy', 'float32', '0.9812']);
  });

  it('makes every text inert', () => {
    const evil = '<script>alert(1)</script>"><img onerror=x>';
    const page = report(
      [
        charts.sizeChart!({ title: evil, description: evil }),
        { heading: evil, paragraphs: [evil], table: { columns: [evil], rows: [[evil]] } },
      ],
      { title: evil, intro: [evil], lang: '"><script>' },
    );
    const without = page.replace(`<script>${script}</script>`, '');
    expect(without).not.toMatch(/<script|<img/);
    expect(parse(without).querySelectorAll('script, img')).toHaveLength(0);
    expect(count(page, /&lt;script&gt;alert\(1\)/)).toBeGreaterThanOrEqual(8);
  });

  it('has a table of contents of its figures, tables and sections, whose links lead to them', () => {
    const document = parse(html);
    const links = [...document.querySelectorAll('nav[aria-label=Contents] a')];
    const names = [...figures.map(({ title }) => title), `Table ${figures.length + 1}`, 'Sizes', figures[0]!.title];
    expect(links.map(({ textContent }) => textContent)).toEqual(names);
    for (const link of links) expect(document.querySelectorAll(link.getAttribute('href')!)).toHaveLength(1);
    expect(document.querySelectorAll('nav .inner')).toHaveLength(1);
    expect(report([figures[0]!])).not.toContain('<nav');
  });

  it('follows light and dark and the width of the page', () => {
    expect(html).toContain('@media (prefers-color-scheme: dark)');
    expect(html).toContain('name="viewport"');
    expect(html).toContain('<html lang="en">');
  });

  it('gives the same bytes again', () => {
    expect(report(figures)).toBe(report(Object.values(charts).map((chart) => chart())));
  });

  it.each([
    [5, {}, 'report: items must be an array of figures, tables and sections, got 5'],
    [[5], {}, 'report: items[0] must be a figure, a table or a section with a heading, got 5'],
    [[{ heading: 'a', figures: [] }], {}, 'report: items[0] must be among heading, paragraphs, figure, table'],
    [[{ heading: 'a', figure: 5 }], {}, 'report: items[0].figure must be a figure or an array of them, got [5]'],
    [[{ heading: 'a', table: [] }], {}, 'report: items[0].table must have columns and rows, got []'],
    [
      [{ heading: 'a', paragraphs: 'b' }],
      {},
      'report: items[0].paragraphs must be a string or an array of strings, got "b"',
    ],
    [[{ columns: ['a'], rows: [5] }], {}, 'report: items[0].rows[0] must be an array, got 5'],
    [[{ columns: ['a'], rows: [[{}]] }], {}, 'report: items[0].rows[0] must have texts, numbers and null, got {}'],
    [[{ columns: [1], rows: [] }], {}, 'report: items[0].columns must be strings, got [1]'],
    [[], { intro: 5 }, 'report: intro must be a string or an array of strings, got 5'],
    [[], { titel: 'a' }, 'report: options must be among title, intro, lang, got "titel"'],
  ])('rejects %o with %o', (items, options, message) => {
    expect(() => report(items as never, options as never)).toThrow(message);
  });
});
