import { lineChart } from '@weightkit/viz';

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('error', (event) => console.error(`worker: ${event.message}`));
worker.addEventListener('message', async ({ data }) => {
  const figure = lineChart({ series: [{ name: 'training', y: data.losses }] }, { title: 'Loss', xLabel: 'step' });
  document.querySelector('#figure').append(figure.element());
  const png = await figure.png();
  document.querySelector('#result').textContent = JSON.stringify({ ...data, pngBytes: png.length });
  document.documentElement.dataset.done = '';
});
