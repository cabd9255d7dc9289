import { afterEach, describe, expect, it, vi } from 'vitest';
import { rasterize } from '../../src/platform/browser.ts';

afterEach(() => vi.unstubAllGlobals());

describe('rasterize(svg, width, options) in a browser', () => {
  it('draws the picture over a canvas of the size asked for and gives its PNG', async () => {
    const drawImage = vi.fn();
    const canvas = {
      width: 0,
      height: 0,
      getContext: () => ({ drawImage }),
      toBlob: (done: (blob: Blob | null) => void) => done(new Blob([Uint8Array.of(1, 2, 3)])),
    };
    let source = '';
    class Picture {
      height = 200;
      set src(value: string) {
        source = value;
      }
      async decode() {}
    }
    vi.stubGlobal('Image', Picture);
    vi.stubGlobal('document', { createElement: () => canvas });
    const png = await rasterize('<svg a="#1">é</svg>', 300, { scale: 2, fontFiles: [] });
    expect([...png]).toEqual([1, 2, 3]);
    expect([canvas.width, canvas.height]).toEqual([600, 400]);
    expect(drawImage).toHaveBeenCalledWith(expect.any(Picture), 0, 0, 600, 400);
    expect(decodeURIComponent(source.split(',')[1]!)).toBe('<svg a="#1">é</svg>');

    canvas.toBlob = (done) => done(null);
    await expect(rasterize('<svg/>', 300, { scale: 2, fontFiles: [] })).rejects.toThrow(
      'png: the canvas must give a picture, got none at 600 pixels',
    );
  });
});
