import { describe, expect, it } from 'vitest';
import { fromDisk, type Place, relativeOf } from '../scripts/zip/from-disk.mjs';

const files = new Set([
  'index.html',
  'lessons/index.html',
  'lessons/pruning/index.html',
  'img/a picture.svg',
  'assets/js/main.js',
]);
const at = (base: string, page: string): Place => ({ page, base, files, online: 'https://example.org' });

describe.each(['/', '/course/'])('a site below %s', (base) => {
  it.each([
    ['lessons/pruning/?zeros=50#what', 'index.html', 'lessons/pruning/index.html?zeros=50#what'],
    ['lessons/pruning', 'lessons/index.html', 'pruning/index.html'],
    ['lessons/', 'lessons/pruning/index.html', '../index.html'],
    ['', 'lessons/pruning/index.html', '../../index.html'],
    ['lessons/pruning/#what', 'lessons/pruning/index.html', 'index.html#what'],
    ['img/a%20picture.svg?1a', 'lessons/index.html', '../img/a%20picture.svg?1a'],
  ])('has %s, as seen from %s, at %s', (path, page, relative) => {
    expect(relativeOf(base + path, at(base, page))).toBe(relative);
  });

  it('leaves what is not of it as it is, and sends on to the network what is not in the zip', () => {
    const place = at(base, 'index.html');
    for (const link of ['https://example.com/a/', '//example.com/a', '#what', 'mailto:a@b.c', 'data:,a', ''])
      expect(relativeOf(link, place)).toBe(link);
    expect(relativeOf(`${base}sitemap.xml`, place)).toBe(`https://example.org${base}sitemap.xml`);
  });

  it('has pages that load no script from a disk, and on a server those that they had', () => {
    const html =
      `<!doctype html><html><head><script src=${base}assets/js/main.js defer></script></head>` +
      `<body class="a"><a title="1 > 0" href=${base}lessons/>a href=/lessons/</a><img src='${base}img/a%20picture.svg'>` +
      `<source srcset="${base}img/a%20picture.svg"></body></html>`;
    const page = fromDisk(html, { ...at(base, 'lessons/pruning/index.html'), home: '../index.html' });
    expect(page).toContain('<a title="1 > 0" href="../index.html">a href=/lessons/</a>');
    expect(page).toContain('<img src="../../img/a%20picture.svg"><source srcset="../../img/a%20picture.svg">');
    expect(page).not.toMatch(/<script[^>]*\ssrc=/);
    expect(page).toContain(`["${base}assets/js/main.js"]`);
    expect(page).toContain(`==="${base}lessons/pruning/"`);
    expect(page).toContain('href="../../../index.html"');
  });
});
