import { interactive } from '@weightkit/viz';

/** Shows the values of the figure in an element by pointer, touch and arrow keys; returns what ends it. */
export function showValues(box: Element): () => void {
  const svg = box.querySelector('svg');
  return svg ? interactive(svg).dispose : () => {};
}
