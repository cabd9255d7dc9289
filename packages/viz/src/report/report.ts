import { checkOptions, checkType } from '@weightkit/numerics/check';
import { type Figure, figureHtml } from '../marks/figure.ts';
import { type LooseTable, tableHtml } from '../marks/table.ts';
import { escapeText } from '../marks/text.ts';
import { checkTable, isFigure, isTable, type ReportSection } from './items.ts';
import { script, scriptHash } from './script.generated.ts';
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
 * One HTML document that needs nothing from outside: no font, style sheet, script or image is requested.
 *
 * Each figure is there twice, at its own width and laid out for a phone, and the page shows the one that fits; below it
 * stand its text alternative and, folded, its numbers. Two or more figures, tables and sections have a table of contents, which marks where
 * the reader is. Values are shown by pointer and arrow keys, by one script in the page, the only one that its policy allows. Pages follow
 * the reader's light or dark setting, and so do figures; on paper all is light, each figure whole on a page, its numbers folded out,
 * but for tables of more than twelve columns, which have no room there.
 * All text is escaped.
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
  checkType(typeof title === 'string', 'report: title must be a string', title);
  checkType(typeof lang === 'string', 'report: lang must be a string', lang);
  const introduction = typeof intro === 'string' ? [intro] : intro;
  const contents: Entry[] = [];
  const body = Array.from(items, (item, i) => block(item, i, contents)).join('\n');
  return `<!doctype html>
<html lang="${escapeText(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${scriptHash}'">
<title>${escapeText(title)}</title>
<style>
${reportStyle}</style>
</head>
<body>
${navigation(contents)}<main>
<h1>${escapeText(title)}</h1>
${paragraphs('intro', introduction)}${body}
</main>
<script>${script}</script>
</body>
</html>
`;
}

/** A line of the table of contents. */
interface Entry {
  readonly id: string;
  readonly name: string;
  /** Whether it stands in a section. */
  readonly inner: boolean;
}

/** Adds a line to the table of contents; its id. */
function enter(contents: Entry[], kind: 'figure' | 'section' | 'table', name: string, inner = false): string {
  const id = `${kind}-${contents.filter((entry) => entry.id.startsWith(kind)).length + 1}`;
  contents.push({ id, name: name.trim() === '' ? id : name, inner });
  return id;
}

function navigation(contents: readonly Entry[]): string {
  if (contents.length < 2) return '';
  const lines = contents.map(
    ({ id, name, inner }) => `<li${inner ? ' class="inner"' : ''}><a href="#${id}">${escapeText(name)}</a></li>`,
  );
  return `<nav aria-label="Contents">
<details open><summary>Contents</summary>
<ol>
${lines.join('\n')}
</ol></details>
</nav>
`;
}

function block(item: Figure | LooseTable | ReportSection, i: number, contents: Entry[]): string {
  if (isFigure(item)) return figureBlock(item, enter(contents, 'figure', item.title));
  if (isTable(item)) {
    const label = `Table ${i + 1}`;
    return tableBlock(checkTable(`items[${i}]`, item), label, enter(contents, 'table', label));
  }
  const section = item as ReportSection;
  const rule = `report: items[${i}] must be a figure, a table or a section with a heading`;
  checkType(typeof section?.heading === 'string', rule, item);
  checkOptions('report', section, ['heading', 'paragraphs', 'figure', 'table'], `items[${i}]`);
  const figures = section.figure === undefined ? [] : [section.figure].flat();
  checkType(figures.every(isFigure), `report: items[${i}].figure must be a figure or an array of them`, figures);
  const { table } = section;
  checkType(table === undefined || isTable(table), `report: items[${i}].table must have columns and rows`, table);
  if (table !== undefined) checkTable(`items[${i}].table`, table);
  const id = enter(contents, 'section', section.heading);
  const drawn = figures.map((figure) =>
    figureBlock(figure as Figure, enter(contents, 'figure', (figure as Figure).title, true)),
  );
  return `<section id="${id}">
<h2>${escapeText(section.heading)}</h2>
${paragraphs(`items[${i}].paragraphs`, section.paragraphs ?? [])}${drawn.join('\n')}
${table === undefined ? '' : tableBlock(table, section.heading)}</section>`;
}

function paragraphs(name: string, texts: readonly string[]): string {
  const ok = Array.isArray(texts) && Array.from(texts).every((text) => typeof text === 'string');
  checkType(ok, `report: ${name} must be a string or an array of strings`, texts);
  return texts.map((text) => `<p>${escapeText(text)}</p>\n`).join('');
}

function figureBlock(figure: Figure, id: string): string {
  const wide = `<div class="card wide">${figure.svg({ idPrefix: `${id}-wide`, variables: true })}</div>`;
  const narrow = `<div class="card narrow">${figure.svg({ idPrefix: `${id}-narrow`, width: NARROW, variables: true })}</div>`;
  return `<div class="part" id="${id}">\n${figureHtml([wide, narrow], figure.description, figure.table)}\n</div>`;
}

function tableBlock(table: LooseTable, label: string, id?: string): string {
  const attributes = `${id === undefined ? '' : `id="${id}" `}class="scroll" role="region" aria-label="${escapeText(label)}" tabindex="0"`;
  return `<div ${attributes}>\n${tableHtml(table)}\n</div>\n`;
}
