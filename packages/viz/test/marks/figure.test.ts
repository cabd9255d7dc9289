import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { Window } from 'happy-dom';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { charts, count, markupOf } from '../figures.ts';

const happy = () => new Window().document as unknown as Document;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe.each(Object.entries(charts))('%s', (_name, chart) => {
  it('svg() gives the same bytes without a document, with one, and in a page', () => {
    const bytes = chart().svg();
    expect(chart({ document: happy() }).svg()).toBe(bytes);
    const document = happy();
    const made = vi.spyOn(document, 'createElementNS');
    vi.stubGlobal('document', document);
    vi.stubGlobal('window', { devicePixelRatio: 1 });
    expect(chart().svg()).toBe(bytes);
    expect(made).not.toHaveBeenCalled();
  });

  it('svg() gives the same bytes again, and after other charts were drawn', () => {
    const first = chart();
    const svg = first.svg();
    for (const other of Object.values(charts)) other().svg();
    expect(first.svg()).toBe(svg);
    expect(chart().svg()).toBe(svg);
  });

  it('svg() is a well-formed picture with a name and a text alternative', () => {
    const figure = chart();
    const svg = figure.svg();
    const root = new new Window().DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    expect(root.getAttribute('role')).toBe('img');
    const [title, desc] = root.getAttribute('aria-labelledby')!.split(' ');
    expect(svg).toContain(`<title id="${title}">${figure.title}</title>`);
    expect(root.querySelector('desc')!.id).toBe(desc);
    expect(root.querySelector('desc')!.textContent).toBe(figure.description);
    expect(markupOf(svg)).not.toMatch(/NaN|undefined|Infinity|class=|<style|plot-clip|currentColor/);
  });

  it('svg() keeps at most two decimals of lengths', () => {
    const geometry = [
      ...chart()
        .svg()
        .matchAll(/ (?:d|x|y|x1|x2|y1|y2|width|height|transform)="([^"]*)"/g),
    ];
    expect(geometry.length).toBeGreaterThan(10);
    for (const [, value] of geometry) expect(value).not.toMatch(/\.\d{3}|e-/);
  });

  it.each([240, 340, 1000])('svg({width: %d}) keeps every text inside the drawing', (width) => {
    const svg = chart().svg({ width });
    expect(svg).toContain(`viewBox="0 0 ${width} `);
    for (const [, x] of svg.matchAll(/<text[^>]* x="(-?[\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThan(width);
    }
  });

  it('html() holds the drawing, the description and every row of the table', () => {
    const figure = chart();
    const html = figure.html();
    // A page has the texts of its places too.
    const light = html
      .replace(/<metadata>.*?<\/metadata>/gs, '')
      .replace(/var\(--wk-[\w-]+, ([^)]+)\)/g, '$1')
      .replace(/color-mix\(in srgb,(#\w+),#\w+ var\(--wk-dark,0%\)\)/g, '$1');
    expect(light).toContain(figure.svg());
    expect(count(html, /<figcaption>/)).toBe(1);
    expect(count(html, /<tr>/)).toBe(figure.table.rows.length + 1);
    expect(count(html, /<th scope="col"/)).toBe(figure.table.columns.length);
    for (const row of figure.table.rows) expect(row).toHaveLength(figure.table.columns.length);
  });

  it('png() gives a picture of the right size that is not blank', async () => {
    const png = await chart({ width: 300, height: 260 }).png({ scale: 1.5 });
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([450, 390]);
    expect(new Set(pixelBytes(png)).size).toBeGreaterThan(20);
  });
});

/** The decompressed image data of a PNG. */
function pixelBytes(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset);
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  return inflateSync(Buffer.concat(parts));
}

const line = charts['lineChart linear']!;

describe('svg(options)', () => {
  it('draws the bytes that were looked at', () => {
    const digests = Object.entries(charts).map(([name, chart]) => [
      name,
      createHash('sha256').update(chart().svg()).digest('hex').slice(0, 16),
    ]);
    expect(Object.fromEntries(digests)).toMatchSnapshot();
    expect(charts['layerChart dots']!({ width: 300 }).svg().replaceAll('><', '>\n<')).toMatchSnapshot();
    expect(line({ width: 300 }).svg().replaceAll('><', '>\n<')).toMatchSnapshot();
  });

  it('starts all ids with the prefix, else with a hash of the drawing', () => {
    const svg = line().svg({ idPrefix: 'here' });
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['here-1', 'here-2', 'here-3']);
    expect(svg).toContain('aria-labelledby="here-1 here-2"');
    expect(svg).toContain('clip-path="url(#here-3)"');
    expect(line().svg()).toMatch(/ id="wk-[0-9a-f]{8}-1"/);
    expect(line().svg()).not.toBe(line({ title: 'Other' }).svg());
  });

  it('escapes what would be markup, and replaces what XML forbids', () => {
    const title = '<script>alert("1")</script> & \u0000 \ud800';
    const svg = line({ title, description: "it's <b>" }).svg();
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; \ufffd \ufffd</title>');
    expect(svg).toContain('it&#39;s &lt;b&gt;</desc>');
  });

  it('draws the title, broken into lines where it is long', () => {
    const title = 'a long title with many words '.repeat(6).trim();
    const texts = [
      ...line({ title })
        .svg()
        .matchAll(/font-weight="600"[^>]*>([^<]*)</g),
    ].map(([, text]) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join(' ')).toBe(title);
  });

  it('has exactly the width and the height asked for', () => {
    expect(line({ width: 500, height: 300 }).svg()).toContain('viewBox="0 0 500 300"');
  });

  it('rejects widths, prefixes and names out of range', () => {
    expect(() => line().svg({ width: 10 })).toThrow(new RangeError('svg: width must be in [120, 4000], got 10'));
    expect(() => line().svg({ idPrefix: '1"' })).toThrow(/svg: idPrefix must be a letter and then/);
    expect(() => line().html({ wide: 1 } as never)).toThrow(
      new TypeError('html: options must be among width, idPrefix, got "wide"'),
    );
  });
});

describe('chart(data, options)', () => {
  it('takes a description of the caller in place of its own', () => {
    expect(line({ description: 'It falls.' }).description).toBe('It falls.');
  });

  it.each([
    [{ width: Number.NaN }, 'lineChart: width must be in [120, 4000], got NaN'],
    [{ height: 5 }, 'lineChart: height must be in [120, 8000], got 5'],
    [{ title: 5 }, 'lineChart: title must be a string, got 5'],
    [{ document: {} }, 'lineChart: document must be a DOM document, got {}'],
    [{ widht: 5 }, /^lineChart: options must be among title, description, width, .*, got "widht"$/],
  ])('rejects %o', (options, message) => {
    expect(() => line(options as never)).toThrow(message);
  });
});

describe('element()', () => {
  it('is the drawing in the page', () => {
    const document = happy();
    const element = line({ document }).element();
    expect(element.localName).toBe('svg');
    expect(element.ownerDocument).toBe(document);
    expect(element.getAttribute('viewBox')).toBe('0 0 640 380');
    expect(element.querySelectorAll('path[data-mark=line]')).toHaveLength(2);
  });

  it('needs a document', () => {
    const message = 'element: a document must be given outside a browser; svg() needs none, got undefined';
    expect(() => line().element()).toThrow(new TypeError(message));
  });
});

describe('png(options)', () => {
  it('has two pixels per unit by default', async () => {
    const png = await line({ width: 300, height: 200 }).png();
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([600, 400]);
  });

  it('writes text with the shipped font: another title gives other pixels', async () => {
    const pixels = async (title: string) => Buffer.from(pixelBytes(await line({ title }).png({ scale: 1 })));
    const [a, b] = [await pixels('Loss'), await pixels('Gain')];
    expect(a.length).toBe(b.length);
    expect(a.equals(b)).toBe(false);
  });

  it('rejects scales out of range', async () => {
    await expect(line().png({ scale: 0 })).rejects.toThrow(new RangeError('png: scale must be in (0, 8], got 0'));
    await expect(line().png({ fontFiles: 'a.ttf' } as never)).rejects.toThrow(/png: fontFiles must be an array/);
  });

  it('says what to install where resvg is missing', async () => {
    vi.resetModules();
    vi.doMock('@resvg/resvg-js', () => {
      throw new Error('Cannot find package');
    });
    const fresh = await import('../figures.ts');
    const figure = fresh.charts.sizeChart!();
    await expect(figure.png()).rejects.toThrow('png: @resvg/resvg-js must be installed (npm install @resvg/resvg-js)');
    vi.doUnmock('@resvg/resvg-js');
  });
});
