// Drawings that stand in the HTML of pages, so that their colors are the page's. Each page's are in static/generated/drawings/<page>.json,
// which a browser fetches when a reader comes from another page of the site; all together are in generated/drawings.json, which pages
// are rendered with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { darkTheme } from '@weightkit/viz';

const website = dirname(dirname(fileURLToPath(import.meta.url)));

/** Width and height of a drawing. */
export const sizeOf = (svg) =>
  /<svg[^>]* viewBox="0 0 (\S+) (\S+)"/
    .exec(svg)
    .slice(1)
    .map((text) => Math.ceil(Number(text)));

/** A figure for a page, by kinds of screens with their widths; no other drawing of a page has these ids. */
export const still = (figure, name, widths) =>
  Object.fromEntries(
    Object.entries(widths).map(([kind, width]) => [
      kind,
      figure.svg({ width, idPrefix: `still-${name}-${kind}`, variables: true }),
    ]),
  );

/** A figure as a file for dark pages: an image knows nothing of the page around it. */
export const darkSvg = (figure, width) =>
  figure.svg({ width, variables: true }).replace('>', `><style>svg{${darkTheme}}</style>`);

/** Collects the drawings of pages and writes them. */
export function collectDrawings() {
  const pages = {};
  return {
    add(page, name, drawing) {
      pages[page] ??= {};
      pages[page][name] = drawing;
    },
    write() {
      const [fetched, rendered] = [join(website, 'static/generated/drawings'), join(website, 'generated')];
      for (const folder of [fetched, rendered]) mkdirSync(folder, { recursive: true });
      for (const [page, drawings] of Object.entries(pages))
        writeFileSync(join(fetched, `${page}.json`), JSON.stringify(drawings));
      writeFileSync(join(rendered, 'drawings.json'), JSON.stringify(pages));
    },
  };
}
