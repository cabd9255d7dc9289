// Fine-tunes a network in the page by LoRA: what it learns is a file of a few kB beside weights that stay as they are.
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { type Adapters, lora } from '@weightkit/transfer-freeze';
import { lineChart } from '@weightkit/viz';
import { startBackend } from './backend.ts';
import { accuracyOf, loadDigits } from './data.ts';

const at = <T extends HTMLElement>(id: string) => document.querySelector<T>(`#${id}`)!;
const tune = at<HTMLButtonElement>('tune');
const download = at<HTMLButtonElement>('download');
const remove = at<HTMLButtonElement>('remove');
const file = at<HTMLInputElement>('file');

const backend = await startBackend();
const model = await tf.loadLayersModel('base/model.json');
const data = await loadDigits('digits.bin');
let adapters: Adapters | undefined;

/** A row of the table. */
async function score(name: string) {
  const [upright, turned] = [await accuracyOf(model, data.upright), await accuracyOf(model, data.turned)];
  const row = document.createElement('tr');
  for (const text of [name, `${upright.toFixed(1)} %`, `${turned.toFixed(1)} %`])
    row.append(Object.assign(document.createElement('td'), { textContent: text }));
  at('scores').append(row);
}

/** Does one thing at a time; the status says what it was, or why it failed, and the buttons what can be done next. */
async function step(what: string, body: () => Promise<string>) {
  for (const control of [tune, download, remove, file]) control.disabled = true;
  at('status').textContent = what;
  at('status').textContent = await body().catch((error: Error) => error.message);
  tune.disabled = file.disabled = adapters !== undefined;
  download.disabled = remove.disabled = adapters === undefined;
}

async function fineTune() {
  adapters = lora(model, { rank: 8, seed: 1 });
  const optimizer = tf.train.adam(0.005);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const losses: number[] = [];
  const onEpochEnd = (_: number, logs?: tf.Logs) => {
    losses.push(logs!.loss!);
    const figure = lineChart({ series: [{ name: 'turned digits', y: losses }] }, { title: 'Loss', xLabel: 'epoch' });
    at('chart').replaceChildren(figure.element());
  };
  await model.fit(data.known.x, data.known.y, { epochs: 20, batchSize: 50, shuffle: false, callbacks: { onEpochEnd } });
  optimizer.dispose();
  const { trainableParameters, frozenParameters } = adapters.report();
  await score('with adapters');
  return `${trainableParameters} numbers have trained, beside ${frozenParameters} that stood still`;
}

/** What was learned, as peft writes it. */
async function save() {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(await adapters!.toCheckpoint(), files, { format: 'safetensors' });
  const blob = new Blob([...files.values()] as BlobPart[]);
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href, download: 'adapter_model.safetensors' }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // when it has been saved
  return `${blob.size} bytes, in safetensors`;
}

async function takeOff() {
  adapters!.remove(); // the weights are what they were, bit for bit
  adapters = undefined;
  await score('without adapters');
  return 'the adapters are off';
}

async function putOn(given: File) {
  const checkpoint = await openCheckpoint(given);
  const fresh = lora(model, { rank: 8 });
  try {
    await fresh.load(checkpoint);
  } catch (error) {
    fresh.remove(); // a file of something else
    throw error;
  } finally {
    await checkpoint.close();
  }
  adapters = fresh;
  await score('with adapters from the file');
  return `${given.name} is on ${adapters.paths.join(', ')}`;
}

tune.addEventListener('click', () => step('fine-tuning …', fineTune));
download.addEventListener('click', () => step('saving …', save));
remove.addEventListener('click', () => step('taking off …', takeOff));
file.addEventListener('change', () => file.files?.[0] && step('reading …', () => putOn(file.files![0]!)));
await step('scoring …', async () => {
  await score('as it was loaded');
  return `ready on ${backend}`;
});
