/// <reference types="node" />
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PngOptions } from './png-options.ts';

let made: Document | undefined;

/** The document to draw into when none is given: the page's, or in Node one by linkedom, loaded when first needed. */
export function defaultDocument(): Document {
  if (globalThis.document) return globalThis.document;
  if (made === undefined) {
    const { parseHTML } = createRequire(import.meta.url)('linkedom') as typeof import('linkedom');
    made = parseHTML('<!doctype html><html><head></head><body></body></html>').document as unknown as Document;
  }
  return made;
}

const shippedFont = fileURLToPath(new URL('../fonts/IBMPlexSans-Regular.ttf', import.meta.url));

/** Turns SVG text into PNG bytes by resvg, with the font this package ships. */
export async function rasterize(svg: string, width: number, { scale, fontFiles }: Required<PngOptions>) {
  const { Resvg } = await loadResvg();
  const font = {
    fontFiles: [shippedFont, ...fontFiles],
    loadSystemFonts: false,
    defaultFontFamily: 'IBM Plex Sans',
    sansSerifFamily: 'IBM Plex Sans',
  };
  const rendered = new Resvg(svg, { font, fitTo: { mode: 'width', value: Math.round(width * scale) } }).render();
  return new Uint8Array(rendered.asPng());
}

async function loadResvg() {
  try {
    return await import('@resvg/resvg-js');
  } catch (cause) {
    throw new Error('png: @resvg/resvg-js must be installed (npm install @resvg/resvg-js), got no such package', {
      cause,
    });
  }
}
