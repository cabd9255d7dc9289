import {
  decisionBoundary,
  filterGrid,
  heatmap,
  interactive,
  layerChart,
  lineChart,
  networkGraph,
  report,
} from '@weightkit/viz';
import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';

const series = [
  { name: 'training', y: [2, 1, 0.5] },
  { name: 'validation', y: [2.5, 1.5, 1.25] },
];
const figure = () => lineChart({ series });
const box = (svg: Element) => svg.querySelector('[data-mark=shown]');
const shown = (svg: Element) =>
  [...(box(svg)?.querySelectorAll('text') ?? [])].map(({ textContent }) => textContent).join(' ');
const said = () => document.querySelector('[data-wk-live]')?.textContent;

function place(svg: Element): SVGSVGElement {
  document.body.append(svg);
  return svg as SVGSVGElement;
}

/** Where a share of the drawing is in the page. */
function at(svg: Element, x: number, y: number): { clientX: number; clientY: number } {
  const { left, top, width, height } = svg.getBoundingClientRect();
  const [, , wide, high] = svg.getAttribute('viewBox')!.split(' ').map(Number) as [number, number, number, number];
  return { clientX: left + (x * width) / wide, clientY: top + (y * height) / high };
}

const placesOf = (svg: Element) =>
  JSON.parse(svg.querySelector('metadata')!.textContent!) as [number, number, string][];

afterEach(() => document.body.replaceChildren());

describe('element()', () => {
  it('shows the value that is nearest to the pointer, and none far from all of them', () => {
    const svg = place(figure().element());
    for (const [x, y, text] of placesOf(svg)) {
      svg.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, ...at(svg, x + 3, y + 3) }));
      expect(shown(svg)).toBe(text);
    }
    svg.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, ...at(svg, 300, 5) }));
    expect(box(svg)).toBeNull();
    // A pointer is not read aloud.
    expect(said() ?? '').toBe('');
  });

  it('shows a value where a finger touches, and lets it go', () => {
    const svg = place(figure().element());
    const [x, y, text] = placesOf(svg)[1]!;
    svg.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch', ...at(svg, x, y) }));
    expect(shown(svg)).toBe(text);
    svg.dispatchEvent(new PointerEvent('pointerleave'));
    expect(box(svg)).toBeNull();
  });

  it('is read by the keyboard: Tab, arrow keys, Home, End, Escape', async () => {
    const svg = place(figure().element());
    await userEvent.tab();
    expect(document.activeElement).toBe(svg);
    await userEvent.keyboard('{ArrowRight}');
    expect([shown(svg), said()]).toEqual(['training: 2 at 0', 'training: 2 at 0']);
    await userEvent.keyboard('{ArrowRight}');
    expect(said()).toBe('training: 1 at 1');
    await userEvent.keyboard('{ArrowUp}');
    expect(said()).toBe('validation: 1.5 at 1');
    await userEvent.keyboard('{ArrowDown}{ArrowLeft}{ArrowLeft}{ArrowLeft}');
    expect(said()).toBe('training: 2 at 0');
    await userEvent.keyboard('{End}{ArrowRight}');
    expect(said()).toBe('validation: 1.25 at 2');
    await userEvent.keyboard('{Home}');
    expect(said()).toBe('training: 2 at 0');
    await userEvent.keyboard('{Escape}');
    expect(box(svg)).toBeNull();
    await userEvent.keyboard('{ArrowRight}');
    await userEvent.tab();
    expect(box(svg)).toBeNull();
    expect(document.querySelectorAll('[data-wk-live]')).toHaveLength(1);
  });

  const point = (svg: Element, x: number, y: number) =>
    svg.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, ...at(svg, x, y) }));
  interface Cells {
    x: number[];
    y: number[];
  }
  const gridsOf = (svg: Element) =>
    (JSON.parse(svg.querySelector('metadata')!.textContent!) as (Cells | unknown[])[]).filter(
      (one): one is Cells => !Array.isArray(one),
    );
  const middle = (edges: number[], i: number) => (edges[i]! + edges[i + 1]!) / 2;

  it('shows the cell under the pointer of a matrix of 10,000, and goes from cell to cell by the keyboard', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => i);
    const svg = place(heatmap({ values, shape: [100, 100] }).element());
    const [{ x, y }] = gridsOf(svg) as [Cells];
    point(svg, middle(x, 7), middle(y, 42));
    expect(shown(svg)).toBe('row 42, column 7: 4207');
    point(svg, x[99]! + 0.1, y[0]! + 0.1);
    expect(shown(svg)).toBe('row 0, column 99: 99');
    const press = (key: string) => svg.dispatchEvent(new KeyboardEvent('keydown', { key }));
    for (const key of ['ArrowDown', 'ArrowLeft', 'ArrowUp', 'ArrowUp']) press(key);
    expect(said()).toBe('row 0, column 98: 98');
    press('End');
    expect(said()).toBe('row 99, column 99: 9999');
  });

  it('shows pixels of filters, and points of a plane before its cells', () => {
    const filters = place(filterGrid({ values: [[[[1, 2]], [[3, 4]]]] }).element());
    const [, { x, y }] = gridsOf(filters) as [Cells, Cells];
    point(filters, middle(x, 1), middle(y, 0));
    expect(shown(filters)).toBe('1, row 0, column 1: 4');
    const plane = place(
      decisionBoundary({
        values: [
          [0, 1],
          [1, 0],
        ],
        points: [{ x: 0.5, y: 0.5, class: 1 }],
      }).element(),
    );
    const [spot] = placesOf(plane);
    point(plane, spot![0] + 2, spot![1]);
    expect(shown(plane)).toBe('class 1 at 0.5, 0.5');
    const [cells] = gridsOf(plane) as [Cells];
    point(plane, cells.x[2]! - 1, cells.y[0]! + 1);
    expect(shown(plane)).toBe('1, 1: 0');
  });

  it('shows the line under the pointer of a network with more than 400 lines', () => {
    const weights = [Array.from({ length: 24 }, (_, i) => Array.from({ length: 24 }, (_, k) => i + k / 100))];
    const layers = ['a', 'b'].map((name) => ({ name, units: 24 }));
    const svg = place(networkGraph({ layers, weights }).element()) as SVGSVGElement;
    // The widest, which lies on top.
    const line = [...svg.querySelectorAll('[data-mark=edges] path')].at(-1) as SVGPathElement;
    const { x, y } = line.getPointAtLength(line.getTotalLength() * 0.9);
    const moved = new DOMPoint(x, y).matrixTransform(line.getScreenCTM()!);
    svg.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: moved.x, clientY: moved.y }));
    expect(shown(svg)).toBe('a[23] → b[23]: 23.23');
  });

  it('keeps what it shows inside the drawing, however long', () => {
    const name = 'a/very/long/name of a layer '.repeat(4).trim();
    const svg = place(layerChart({ layers: [{ name, values: { std: 0.5 } }] }, { width: 240 }).element());
    svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
    const [inner, outer] = [box(svg)!.querySelector('rect')!, svg].map((element) => element.getBoundingClientRect());
    expect(inner!.left).toBeGreaterThanOrEqual(outer!.left - 1);
    expect(inner!.right).toBeLessThanOrEqual(outer!.right + 1);
    for (const text of box(svg)!.querySelectorAll('text'))
      expect(text.getBoundingClientRect().width).toBeLessThanOrEqual(inner!.width);
  });
});

describe('interactive(svg)', () => {
  it('takes a drawing that came as text, and dispose() leaves it as it was', () => {
    document.body.innerHTML = figure().html();
    const svg = document.querySelector('svg')!;
    const before = svg.outerHTML;
    const { dispose } = interactive(svg);
    svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
    expect(shown(svg)).toBe('validation: 1.25 at 2');
    dispose();
    expect(svg.outerHTML).toBe(before);
    svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
    expect(box(svg)).toBeNull();
  });

  it('takes nothing but the svg element of a figure', () => {
    const message = /^interactive: svg must be the svg element of a figure, got /;
    for (const wrong of [undefined, null, '<svg/>', document, document.createElement('div')])
      expect(() => interactive(wrong as never)).toThrow(message);
  });

  it('does nothing to a drawing without texts', () => {
    document.body.innerHTML = figure().svg();
    const svg = document.querySelector('svg')!;
    const before = svg.outerHTML;
    interactive(svg).dispose();
    interactive(svg);
    expect(svg.outerHTML).toBe(before);
  });
});

describe('report(items)', () => {
  async function open(html: string): Promise<Document> {
    const frame = document.createElement('iframe');
    frame.style.cssText = 'width: 900px; height: 700px';
    frame.srcdoc = html;
    document.body.append(frame);
    await new Promise((resolve) => {
      frame.onload = resolve;
    });
    return frame.contentDocument!;
  }

  it('is allowed its script by its own policy, and shows values by the keyboard', async () => {
    const page = await open(report([figure()]));
    const svg = page.querySelector('.wide svg')!;
    expect(svg.getAttribute('tabindex')).toBe('0');
    const { KeyboardEvent: Key } = page.defaultView as unknown as { KeyboardEvent: typeof KeyboardEvent };
    svg.dispatchEvent(new Key('keydown', { key: 'End' }));
    expect(shown(svg)).toBe('validation: 1.25 at 2');
    expect(page.querySelector('[data-wk-live]')!.textContent).toBe('validation: 1.25 at 2');
  });

  it('lets no other script run', async () => {
    const page = await open(report([figure()]).replace('</main>', '</main><script>document.title = "ran"</script>'));
    expect(page.title).toBe('Report');
  });
});
