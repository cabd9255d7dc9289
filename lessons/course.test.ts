import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COURSE, DOCUMENTS, type DocumentName, lessonOf } from './course.ts';
import { DOCUMENT_PARTS } from './document-parts.ts';
import { GLOSSARY } from './glossary.ts';
import { SESSIONS, SHORT_WAYS } from './sessions.ts';

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

  it('has every slide, section, challenge and exercise of the documents, each in a lesson', () => {
    const numbers = (document: DocumentName, ...kinds: string[]) =>
      DOCUMENT_PARTS[document].filter(({ kind }) => kinds.includes(kind)).map(({ number }) => number);
    const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
    expect(Object.keys(DOCUMENT_PARTS).sort()).toEqual(Object.keys(DOCUMENTS).sort());
    expect(numbers('weights slides', 'slide')).toEqual(upTo(15));
    expect(numbers('initialization slides', 'slide')).toEqual(upTo(15));
    // The notes link to eight notebooks, of which three are code challenges.
    expect(numbers('weights notes', 'code', 'challenge')).toEqual(upTo(8));
    expect(numbers('weights notes', 'challenge')).toEqual([3, 5, 6]);
    expect(numbers('learning notebook', 'exercise')).toEqual(upTo(3));
    expect(numbers('weights notes', 'section')).toHaveLength(9);
    expect(numbers('XOR notebook', 'section')).toHaveLength(6);
    expect(numbers('learning notebook', 'section')).toHaveLength(6);
    const all = Object.values(DOCUMENT_PARTS).flat();
    expect(new Set(all.map(({ about }) => about)).size).toBe(all.length);
    for (const { lessons } of all) for (const number of lessons) expect(COURSE[number - 1]).toBeDefined();
  });

  it.each(COURSE.map((lesson, i) => [i + 1, lesson] as const))(
    'lesson %s has what it says it is from',
    (at, lesson) => {
      for (const document of Object.keys(DOCUMENTS) as DocumentName[]) {
        const parts = DOCUMENT_PARTS[document].filter(({ lessons }) => lessons.includes(at));
        const said = lesson.from.filter((one) => one.document === document).map(({ part }) => part);
        expect(parts.length > 0, document).toBe(said.length > 0);
        // `slides 1, 4 to 8 and 14`
        const ranges = said.flatMap((text) => [...text.matchAll(/\b(\d+)(?: to (\d+))?/g)]);
        const slides = ranges.flatMap(([, from, to = from]) =>
          Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i),
        );
        if (document.endsWith('slides')) expect(parts.map(({ number }) => number)).toEqual(slides);
      }
    },
  );

  it('is divided into sessions of at most 90 minutes, which have each lesson once', () => {
    expect(SESSIONS.flatMap(({ lessons }) => lessons)).toEqual(COURSE);
    for (const { title, minutes } of SESSIONS) {
      expect(minutes, title).toBeGreaterThanOrEqual(30);
      expect(minutes, title).toBeLessThanOrEqual(90);
    }
    for (const { lessons, minutes } of SHORT_WAYS)
      expect(minutes).toBe(lessons.reduce((sum, lesson) => sum + lesson.minutes, 0));
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
