// Draws every figure of each lesson's default run (its default.json) into static/generated/lessons/<name>/: SVG for wide and for narrow
// screens, each for light pages and for dark ones, the numbers as CSV, and pictures.json, which tells the page of them. Drawings that
// stand in the page itself are handed to drawings.mjs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decodeResult, initialValues } from '@weightkit/lesson';
import { darkSvg, sizeOf, still } from './drawings.mjs';

const lessons = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'lessons');

/** How wide figures are drawn: the main one and those beside text, each on a wide screen, and all of them on a phone. */
const WIDTHS = { main: 640, side: 460, narrow: 360 };

/**
 * Bytes of SVG that stand in the page's HTML at most, for the main figure and for another; a larger one is an image. A page has each
 * twice, for wide and for narrow screens.
 */
const IN_PAGE = { main: 60_000, other: 24_000 };

const cell = (value) => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csvOf = ({ columns, rows }) => [columns, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');

/** The figures that stand beside the text of a lesson's page. */
const namesInText = (name) => {
  const page = readFileSync(join(lessons, name, 'lesson.mdx'), 'utf8');
  return new Set([...page.matchAll(/<Figure name="([^"]+)"/g)].map(([, figure]) => figure));
};

const readJson = (name, file) => JSON.parse(readFileSync(join(lessons, name, file), 'utf8'));

async function writeLesson(name, folder, drawings) {
  const { lesson } = await import(pathToFileURL(join(lessons, 'dist', name, 'lesson.js')).href);
  const stored = readJson(name, 'default.json');
  const [result, values] = [decodeResult(stored.result), initialValues(lesson)];
  const drawn = lesson.figures(result, values);
  const inText = namesInText(name);
  for (const figure of [lesson.main.figure, ...inText])
    if (!drawn[figure])
      throw new Error(`pictures: a figure of ${name} must be one of ${Object.keys(drawn).join(', ')}, got ${figure}`);
  mkdirSync(folder, { recursive: true });
  const hash = createHash('sha256');
  const write = (file, text) => {
    hash.update(text);
    writeFileSync(join(folder, file), text);
  };
  const draw =
    (place) =>
    ([figure, { title, description, table, ...rest }]) => {
      const isMain = figure === lesson.main.figure;
      const widths = { wide: isMain ? WIDTHS.main : WIDTHS.side, narrow: WIDTHS.narrow };
      for (const [kind, width] of Object.entries(widths)) {
        write(`${figure}-${kind}.svg`, rest.svg({ width }));
        write(`${figure}-${kind}-dark.svg`, darkSvg(rest, width));
      }
      const { wide, narrow } = still(rest, figure, widths);
      const inPage = Math.max(wide.length, narrow.length) <= (isMain ? IN_PAGE.main : IN_PAGE.other);
      if (inPage) drawings.add(name, figure, { wide, narrow });
      write(`${figure}.csv`, csvOf(table));
      return {
        name: figure,
        title,
        description,
        wide: sizeOf(wide),
        narrow: sizeOf(narrow),
        inPage,
        place: place ?? (isMain ? 'main' : inText.has(figure) ? 'text' : 'more'),
      };
    };
  const figures = Object.entries(drawn).map(draw());
  // What was measured, where the lesson draws it.
  const charts = join(lessons, 'dist', name, 'charts.js');
  const measured = existsSync(charts)
    ? Object.entries((await import(pathToFileURL(charts).href)).charts(readJson(name, 'measured.json'))).map(
        draw('text'),
      )
    : [];
  const moments = lesson.moments?.(result, values) ?? [];
  // As bytes of no known kind: a server that knew what gzip is would have the browser unpack them.
  const files = (lesson.files?.(result) ?? []).map(({ name: file, bytes }) => {
    write(`${file}.bin`, bytes);
    return { name: file, bytes: bytes.length };
  });
  const manifest = {
    version: hash.digest('hex').slice(0, 8),
    figures,
    measured,
    moments,
    summary: stored.summary,
    files,
  };
  writeFileSync(join(folder, 'pictures.json'), `${JSON.stringify(manifest)}\n`);
}

/** Draws all lessons into a folder. */
export async function writePictures(folder, drawings) {
  for (const name of readdirSync(lessons).sort())
    if (existsSync(join(lessons, name, 'default.json'))) await writeLesson(name, join(folder, name), drawings);
}
