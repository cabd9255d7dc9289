// Draws every figure of each lesson's default run (its default.json) into static/generated/lessons/<name>/: SVG for wide and for narrow
// screens, the numbers as CSV, and pictures.json, which tells the page of them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decodeResult, initialValues } from '@weightkit/lesson';

const lessons = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'lessons');

/** How wide figures are drawn: the main one and those beside text, each on a wide screen, and all of them on a phone. */
const WIDTHS = { main: 640, side: 460, narrow: 360 };

const sizeOf = (svg) =>
  /<svg[^>]* viewBox="0 0 (\S+) (\S+)"/
    .exec(svg)
    .slice(1)
    .map((text) => Math.ceil(Number(text)));

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

async function writeLesson(name, folder) {
  const { lesson } = await import(pathToFileURL(join(lessons, 'dist', name, 'lesson.js')).href);
  const stored = JSON.parse(readFileSync(join(lessons, name, 'default.json'), 'utf8'));
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
  const figures = Object.entries(drawn).map(([figure, { title, description, table, ...rest }]) => {
    const wide = rest.svg({ width: figure === lesson.main.figure ? WIDTHS.main : WIDTHS.side });
    const narrow = rest.svg({ width: WIDTHS.narrow });
    write(`${figure}-wide.svg`, wide);
    write(`${figure}-narrow.svg`, narrow);
    write(`${figure}.csv`, csvOf(table));
    return {
      name: figure,
      title,
      description,
      wide: sizeOf(wide),
      narrow: sizeOf(narrow),
      place: figure === lesson.main.figure ? 'main' : inText.has(figure) ? 'text' : 'more',
    };
  });
  const moments = lesson.moments?.(result, values) ?? [];
  const manifest = { version: hash.digest('hex').slice(0, 8), figures, moments, summary: stored.summary };
  writeFileSync(join(folder, 'pictures.json'), `${JSON.stringify(manifest)}\n`);
}

/** Draws all lessons into a folder. */
export async function writePictures(folder) {
  for (const name of readdirSync(lessons).sort())
    if (existsSync(join(lessons, name, 'default.json'))) await writeLesson(name, join(folder, name));
}
