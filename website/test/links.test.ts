import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COURSE } from '../../lessons/course.ts';
import { recipesOf } from '../scripts/cross-links.mjs';

const build = fileURLToPath(new URL('../build', import.meta.url));
const base = process.env.SITE_BASE_URL ?? '/';

const listed = () =>
  readdirSync(build, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.html'));

interface Html {
  ids: Set<string>;
  links: string[];
}

function read(file: string): Html {
  const text = readFileSync(`${build}/${file}`, 'utf8');
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`[\\s"']${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'g'))].map(
      ([, ...quoted]) => quoted.find((value) => value !== undefined)!,
    );
  return { ids: new Set(values('id')), links: values('href') };
}

it('every link inside the site leads to a page or file that is there, and to a place in it', () => {
  const pages = new Map(listed().map((file) => [file, read(file)]));
  const broken: string[] = [];
  for (const [file, { links }] of pages)
    for (const link of links) {
      const { origin, pathname, hash } = new URL(link, `http://site${base}${file.replace(/index\.html$/, '')}`);
      if (origin !== 'http://site') continue;
      const target = decodeURIComponent(pathname).slice(base.length);
      const page = target === '' || target.endsWith('/') ? `${target}index.html` : target;
      const place = decodeURIComponent(hash.slice(1));
      const there = pages.has(page) ? place === '' || pages.get(page)!.ids.has(place) : existsSync(`${build}/${page}`);
      if (!there) broken.push(`${file}: ${link}`);
    }
  expect(broken).toEqual([]);
  expect(pages.size).toBeGreaterThan(50);
});

it('what a lesson or a recipe links to leads back to it, from the same place of the page', () => {
  const cookbook = readFileSync(new URL('../docs/cookbook.md', import.meta.url), 'utf8');
  const recipes = recipesOf(cookbook).map(({ to, links }) => ({ to, links: [...links] }));
  const lessons = COURSE.map(({ about }) => ({
    to: `/lessons/${about.name}/`,
    links: about.links.map(({ to }) => to),
  }));
  expect(recipes.length).toBeGreaterThan(8);
  for (const { to, links } of recipes) expect(links.length, to).toBeGreaterThan(1);
  // A lesson names a guide, a function and, nearly always, a recipe.
  expect(
    lessons.filter(({ links }) => links.some((link) => link.startsWith('/docs/cookbook/#'))).length,
  ).toBeGreaterThan(lessons.length / 2);
  const missing: string[] = [];
  for (const { to, links } of [...lessons, ...recipes])
    for (const link of links) {
      const { pathname, hash } = new URL(link, 'http://site');
      const html = readFileSync(`${build}${pathname}index.html`, 'utf8');
      // The page from the place that is linked to until the next heading of its level.
      const from = hash ? html.search(new RegExp(`id=["']?${hash.slice(1)}["'\\s>]`)) : html.search(/<h1/);
      const rest = html.slice(from + 1);
      const end = hash ? rest.search(/<h[23] class/) : -1;
      const section = end < 0 ? rest : rest.slice(0, end);
      if (from < 0 || !new RegExp(`href=["']?${base}${to.slice(1)}["'\\s>]`).test(section))
        missing.push(`${link} to ${to}`);
    }
  expect(missing).toEqual([]);
});

it('the pages name a picture for those who link to them, and robots the list of pages', () => {
  const [, image] = /property=["']?og:image["']? content=["']?([^\s"'>]+)/.exec(
    readFileSync(`${build}/index.html`, 'utf8'),
  )!;
  const png = readFileSync(`${build}/${new URL(image!).pathname.slice(base.length)}`);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  expect(readFileSync(`${build}/robots.txt`, 'utf8')).toContain('Sitemap: https://weightkit.github.io/sitemap.xml');
  expect(readFileSync(`${build}/sitemap.xml`, 'utf8')).toContain('https://weightkit.github.io/docs/cookbook/');
});

it('only pages with formulas load the style sheet of formulas', () => {
  for (const file of listed()) {
    const text = readFileSync(`${build}/${file}`, 'utf8');
    expect(/katex\.min\.css/.test(text), file).toBe(/class=["']?katex/.test(text));
  }
});
