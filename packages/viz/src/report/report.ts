import { checkOptions, checkType } from '@weightkit/numerics/check';
import { type Figure, figureHtml } from '../marks/figure.ts';
import { type LooseTable, tableHtml } from '../marks/table.ts';
import { escapeText } from '../marks/text.ts';
import { checkTable, isFigure, isTable, type ReportSection } from './items.ts';
import { reportStyle } from './style.ts';

/** Options of {@link report}. */
export interface ReportOptions {
  /** Title of the document. @defaultValue 'Report' */
  title?: string;
  /** A paragraph of plain text below the title, or several. @defaultValue none */
  intro?: string | readonly string[];
  /** Language of the texts, as in `en` or `de-AT`. @defaultValue 'en' */
  lang?: string;
}

/** Width that figures are laid out for on a phone. */
const NARROW = 340;

/**
 * One HTML document that needs nothing from outside: no script, font, style sheet or image is requested.
 *
 * Each figure is there twice, at its own width and laid out for a phone, and the page shows the one that fits; below it
 * stand its text alternative and, folded, its numbers. Pages follow the reader's light or dark setting, and so do figures. All text is
 * escaped.
 *
 * @param items - figures, tables and sections, in order
 * @throws TypeError if an item is none of these, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { lineChart, report } from '@weightkit/viz';
 * const loss = lineChart({ series: [{ name: 'train', y: [2.3, 0.9, 0.4] }] }, { title: 'Loss' });
 * console.log(report([loss], { title: 'Run 7' }).startsWith('<!doctype html>')); // -> true
 * ```
 */
export function report(items: readonly (Figure | LooseTable | ReportSection)[], options: ReportOptions = {}): string {
  checkOptions('report', options, ['title', 'intro', 'lang']);
  const { title = 'Report', intro = [], lang = 'en' } = options;
  checkType(Array.isArray(items), 'report: items must be an array of figures, tables and sections', items);
  checkType(typeof title === 'string', 'report: title must be a text', title);
  checkType(typeof lang === 'string', 'report: lang must be a text', lang);
  const introduction = typeof intro === 'string' ? [intro] : intro;
  let figures = 0;
  const draw = (figure: Figure) => figureBlock(figure, `figure-${++figures}`);
  const body = Array.from(items, (item, i) => block(item, i, draw)).join('\n');
  return `<!doctype html>
<html lang="${escapeText(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title>
<style>
${reportStyle}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
${paragraphs('intro', introduction)}${body}
</main>
</body>
</html>
`;
}

type Draw = (figure: Figure) => string;

function block(item: Figure | LooseTable | ReportSection, i: number, draw: Draw): string {
  if (isFigure(item)) return draw(item);
  if (isTable(item)) return tableBlock(checkTable(`items[${i}]`, item), `Table ${i + 1}`);
  const section = item as ReportSection;
  const rule = `report: items[${i}] must be a figure, a table or a section with a heading`;
  checkType(typeof section?.heading === 'string', rule, item);
  checkOptions('report', section, ['heading', 'paragraphs', 'figure', 'table'], `items[${i}]`);
  const figures = section.figure === undefined ? [] : [section.figure].flat();
  checkType(figures.every(isFigure), `report: items[${i}].figure must be a figure or an array of them`, figures);
  const { table } = section;
  checkType(table === undefined || isTable(table), `report: items[${i}].table must have columns and rows`, table);
  if (table !== undefined) checkTable(`items[${i}].table`, table);
  return `<section>
<h2>${escapeText(section.heading)}</h2>
${paragraphs(`items[${i}].paragraphs`, section.paragraphs ?? [])}${figures.map((figure) => draw(figure as Figure)).join('\n')}
${table === undefined ? '' : tableBlock(table, section.heading)}</section>`;
}

function paragraphs(name: string, texts: readonly string[]): string {
  const ok = Array.isArray(texts) && Array.from(texts).every((text) => typeof text === 'string');
  checkType(ok, `report: ${name} must be a text or an array of texts`, texts);
  return texts.map((text) => `<p>${escapeText(text)}</p>\n`).join('');
}

function figureBlock(figure: Figure, id: string): string {
  const wide = `<div class="card wide">${figure.svg({ idPrefix: `${id}-wide`, variables: true })}</div>`;
  const narrow = `<div class="card narrow">${figure.svg({ idPrefix: `${id}-narrow`, width: NARROW, variables: true })}</div>`;
  return figureHtml([wide, narrow], figure.description, figure.table);
}

function tableBlock(table: LooseTable, label: string): string {
  const attributes = `class="scroll" role="region" aria-label="${escapeText(label)}" tabindex="0"`;
  return `<div ${attributes}>\n${tableHtml(table)}\n</div>\n`;
}
