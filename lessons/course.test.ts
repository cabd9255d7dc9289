import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COURSE, DOCUMENTS, lessonOf } from './course.ts';
import { GLOSSARY } from './glossary.ts';

const folder = new URL('.', import.meta.url).pathname;
const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/lesson.mdx`));
const pageOf = (name: string) => readFileSync(`${folder}/${name}/lesson.mdx`, 'utf8');
const all = (text: string, expression: RegExp) => [...text.matchAll(expression)].map(([, name]) => name!);

describe('the course', () => {
  it('has 24 lessons, each of them here, and every document in some of them', () => {
    expect(COURSE).toHaveLength(24);
    expect(new Set(COURSE.map(({ title }) => title)).size).toBe(24);
    expect(COURSE.map(({ about }) => about.name).sort()).toEqual(names);
    const used = new Set(COURSE.flatMap(({ from }) => from.map(({ document }) => document)));
    expect([...used].sort()).toEqual(Object.keys(DOCUMENTS).sort());
    expect(() => lessonOf('alchemy')).toThrow('name must be that of a lesson in course.ts, got "alchemy"');
  });

  it.each(names)('%s stands where its page says', (name) => {
    const [position] = all(pageOf(name), /^sidebar_position: (\d+)$/gm);
    expect(COURSE.indexOf(lessonOf(name)) + 1).toBe(Number(position));
  });

  it.each(names)('the page of %s has its parts in their order, and at most five figures in its text', (name) => {
    const page = pageOf(name);
    const order = [
      '<Demo',
      '<Predict>',
      '<Figure name=',
      '<Source',
      '<Challenge',
      '<Question',
      '<Terminal',
      '<Sources>',
    ];
    const places = order.map((part) => page.indexOf(part));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const figures = all(page, /<Figure name="([^"]+)"/g);
    // The main figure is one of the five.
    expect(figures.length).toBeLessThanOrEqual(4);
    expect(new Set(figures).size).toBe(figures.length);
    expect(page).toContain('<MoreFigures />');
    expect(all(page, /<Question ask="([^"]+)"/g).length).toBeGreaterThanOrEqual(3);
    for (const term of all(page, /<Term of="([^"]+)"/g)) expect(Object.keys(GLOSSARY)).toContain(term);
  });
});
