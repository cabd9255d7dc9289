import type { PngOptions } from './png-options.ts';

/** Turns SVG text into PNG bytes by a canvas, with the page's fonts. */
export async function rasterize(svg: string, width: number, { scale }: Required<PngOptions>) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round((image.height * canvas.width) / width);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error(`png: the canvas must give a picture, got none at ${canvas.width} pixels`);
  return new Uint8Array(await blob.arrayBuffer());
}
