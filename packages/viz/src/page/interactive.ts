import { checkType } from '@weightkit/numerics/check';
import { attach, type Interaction } from './attach.ts';

/**
 * Lets readers ask a figure in the page for its values: by a pointer, by a finger, and by the keyboard.
 *
 * It takes the drawing that `element()`, `html()`, `report()` or `svg({ variables: true })` made, in which every place has its text; for
 * a drawing without any it does nothing. `element()` calls it itself. The figure takes the focus; arrow keys go from place to place (left
 * and right in order, up and down to the nearest above and below, cells of a matrix after places in it), Home and End to the first and the
 * last, Escape leaves. A screen reader is told by a live region.
 *
 * @param svg - the `<svg>` of a figure, in a page
 * @throws TypeError if it is no such element
 *
 * @example
 * ```js browser
 * import { interactive, lineChart } from '@weightkit/viz';
 * document.body.innerHTML = lineChart({ series: [{ name: 'loss', y: [2, 1] }] }).html();
 * const { dispose } = interactive(document.querySelector('svg'));
 * console.log(document.querySelector('svg').tabIndex); // -> 0
 * dispose();
 * ```
 */
export function interactive(svg: Element): Interaction {
  const ok = typeof svg?.querySelector === 'function' && svg.localName === 'svg';
  checkType(ok, 'interactive: svg must be the svg element of a figure', svg);
  return attach(svg);
}
