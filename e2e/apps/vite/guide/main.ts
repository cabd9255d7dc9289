import { lineChart } from '@weightkit/viz';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  document.body.append(lineChart({ series: [{ name: 'loss', y: data }] }).element());
});
