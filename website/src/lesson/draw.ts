import type { Figure } from '@weightkit/viz';
import type { Picture } from './protocol.ts';

let made: Promise<Document> | undefined;

/** A document for a worker, which has none. */
async function makeDocument(): Promise<Document> {
  const { parseHTML } = await import('linkedom/worker');
  return parseHTML('<!doctype html><html><head></head><body></body></html>').document as unknown as Document;
}

/** Loads what drawing needs. */
export function prepareDrawing(): Promise<Document> {
  made ??= makeDocument();
  return made;
}

/** Draws figures to SVG text. The document is global only meanwhile, because tfjs takes its presence for a page. */
export async function draw(figures: readonly Figure[], width: number): Promise<Picture[]> {
  const scope = globalThis as { document?: Document };
  const document = await prepareDrawing();
  try {
    scope.document = document;
    return figures.map(({ title, description, table, ...figure }, i) => ({
      title,
      description,
      table,
      svg: figure.svg({ width, idPrefix: `figure-${i + 1}` }),
    }));
  } finally {
    delete scope.document;
  }
}
