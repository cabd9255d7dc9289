// Runs the home page's experiment with what the page starts with and draws it for a wide and for a narrow screen, into
// static/generated/home/: the page loads TensorFlow.js when someone turns a knob. The wide picture is also on card.png, which stands
// for the site where somebody links to it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const website = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(website, 'node_modules/.cache/home');
const SOURCES = ['home/experiment', 'home/outcome', 'home/params', 'home/start', 'lesson/draw'];
const WIDTHS = { wide: 520, narrow: 320 };
/** How wide the picture of the card is drawn, before it is enlarged. */
const CARD = 790;

/** Compiles a source as it stands, without looking at types, to where its imports are found. */
function compile(name) {
  const file = join(compiled, `${name}.js`);
  const { outputText } = ts.transpileModule(readFileSync(join(website, `src/${name}.ts`), 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, outputText);
  return pathToFileURL(file).href;
}

/** The card that others show with a link: 1200 × 630 pixels, the name, what it is, and a picture. */
async function cardOf(picture) {
  const viz = createRequire(import.meta.url).resolve('@weightkit/viz');
  const { Resvg } = createRequire(viz)('@resvg/resvg-js');
  const font = join(dirname(dirname(viz)), 'fonts/IBMPlexSans-Regular.ttf');
  const text = (x, y, size, color, words) =>
    `<text x="${x}" y="${y}" font-size="${size}" fill="${color}">${words}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630" font-family="IBM Plex Sans">
<rect width="1200" height="630" fill="#fff"/><rect width="1200" height="14" fill="#1d5f8a"/>
${text(70, 130, 84, '#1d5f8a', 'weightkit')}
${text(70, 190, 34, '#222', 'Everything you do to the weights of a neural network, in JavaScript')}
<g transform="translate(95 225) scale(1.28)">${picture}</g></svg>`;
  const options = { fontFiles: [font], loadSystemFonts: false, defaultFontFamily: 'IBM Plex Sans' };
  return new Resvg(svg, { font: options }).render().asPng();
}

/** Writes the outcome into a folder, with the card, and hands on its drawings. */
export async function writeHome(folder, drawings) {
  const urls = Object.fromEntries(SOURCES.map((name) => [name, compile(name)]));
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }\n');
  const { outcomeOf } = await import(urls['home/outcome']);
  const { experiment } = await import(urls['home/experiment']);
  const { START } = await import(urls['home/start']);
  mkdirSync(folder, { recursive: true });
  const kinds = Object.entries(WIDTHS);
  const outcomes = await Promise.all(kinds.map(([kind, width]) => outcomeOf(START, width, `home-${kind}`)));
  drawings.add('home', 'demo', Object.fromEntries(kinds.map(([kind], i) => [kind, outcomes[i].picture.svg])));
  const { picture, milliseconds: _, ...numbers } = outcomes[0];
  const { description, table } = picture;
  writeFileSync(join(folder, 'outcome.json'), `${JSON.stringify({ ...numbers, picture: { description, table } })}\n`);
  const [figure] = (await experiment(START)).figures;
  writeFileSync(join(folder, 'card.png'), await cardOf(figure.svg({ width: CARD })));
}
