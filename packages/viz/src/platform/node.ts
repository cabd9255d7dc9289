/// <reference types="node" />
import { fileURLToPath } from 'node:url';
import type { PngOptions } from './png-options.ts';

const shippedFont = fileURLToPath(new URL('../../fonts/IBMPlexSans-Regular.ttf', import.meta.url));

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
