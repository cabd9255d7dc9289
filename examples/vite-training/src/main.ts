// Draws what the worker posts: figures of @weightkit/viz are elements of the page, made anew after every epoch.
import { decisionBoundary, histogramChart, lineChart } from '@weightkit/viz';
import { spirals } from './spirals.ts';
import type { Progress } from './worker.ts';

const at = (id: string) => document.querySelector<HTMLElement>(`#${id}`)!;
const { points, classes } = spirals(400, 1);
const dots = Array.from(classes, (of, i) => ({ x: points[2 * i]!, y: points[2 * i + 1]!, class: of }));
const losses: { known: number[]; fresh: number[] } = { known: [], fresh: [] };

function draw({ plane, side, weights }: Progress) {
  const series = [
    { name: 'points it learns from', y: losses.known },
    { name: 'new points', y: losses.fresh },
  ];
  const places = Array.from({ length: side }, (_, i) => -1.2 + (2.4 * i) / (side - 1));
  const figures = {
    loss: lineChart({ series }, { title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy' }),
    plane: decisionBoundary(
      { x: places, y: places, values: plane, shape: [side, side], points: dots },
      { title: 'What the network takes each place for' },
    ),
    weights: histogramChart(
      { edges: weights.edges, curves: [{ name: 'two/kernel', counts: weights.counts }] },
      { title: 'Weights between the hidden layers' },
    ),
  };
  for (const [id, figure] of Object.entries(figures)) at(id).replaceChildren(figure.element());
}

const status = at('status');
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('error', ({ message }) => {
  status.textContent = `The worker has failed: ${message}`;
});
worker.addEventListener('message', ({ data }: MessageEvent<Progress>) => {
  const { backend, epoch, epochs, accuracy, loss, newLoss, left } = data;
  const done = left !== undefined;
  if (!done) {
    losses.known.push(loss);
    losses.fresh.push(newLoss);
    draw(data);
  }
  const said = `epoch ${epoch} of ${epochs} on ${backend}: ${accuracy.toFixed(1)} % of new points on the right spiral`;
  status.textContent = done ? `${said}, tensors left behind: ${left}` : said;
  status.dataset.state = done ? 'done' : 'training';
});
// ?backend=wasm or ?backend=cpu in the address begins further down the list.
worker.postMessage(new URLSearchParams(location.search).get('backend'));
