import * as tf from '@tensorflow/tfjs';
import type { Digits } from '@weightkit/datasets';
import { type Frozen, freeze } from '@weightkit/transfer-freeze';
import { buildNet, examplesOf, movedBits, nudge, valuesOf } from './network.ts';

/** What can be frozen while training goes on, by the layers that it is made of. */
export const PARTS = [
  { name: 'layer 1', layers: ['layer1', 'norm1'] },
  { name: 'layer 2', layers: ['layer2', 'norm2'] },
  { name: 'output', layers: ['output'] },
] as const;
export const UNITS = 12;
const BATCH = 50;

type Values = Map<string, Float32Array>;

/** A network as it is now. */
export interface LiveNet {
  way: 'freeze()' | 'trainable = false';
  /** For each weight, how far each of its entries went since the last look. */
  changes: { path: string; rows: number[][] }[];
  /** How many numbers are frozen, and how many of them have other bits than when they were frozen. */
  frozen: number;
  moved: number;
}

export interface LiveView {
  steps: number;
  /** Loss of the last step of the first network; null before any. */
  loss: number | null;
  frozen: boolean[];
  nets: LiveNet[];
}

/** What verify() says of a weight that was moved by one unit in the last place. */
export interface Told {
  path: string;
  was: number;
  is: number;
}

const rowsOf = (values: readonly number[], columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, row) => values.slice(row * columns, (row + 1) * columns));

/** Two networks with the same weights that are trained on the same digits, and of which parts are frozen and given back meanwhile. */
export async function startLive(digits: Digits, seed: number) {
  const nets = [buildNet(UNITS, seed), buildNet(UNITS, seed)] as const;
  const [{ model: library }, { model: stock }] = nets;
  const optimizers = nets.map(({ model }) => {
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    return optimizer;
  });
  const examples = examplesOf(digits, 1);
  const handles: (Frozen | undefined)[] = PARTS.map(() => undefined);
  // What the stock network had when a part of it was frozen, and what both had at the last look.
  const then: (Values | undefined)[] = PARTS.map(() => undefined);
  let before = await Promise.all(nets.map(({ model }) => valuesOf(model)));
  let [steps, loss]: [number, number | null] = [0, null];

  const stockMoved = (now: Values): number =>
    PARTS.reduce((sum, { layers }, i) => {
      const own = [...(then[i] ?? [])].filter(([path]) => layers.some((layer) => path.startsWith(`${layer}/`)));
      return sum + own.reduce((count, [path, values]) => count + movedBits(values, now.get(path)!), 0);
    }, 0);

  return {
    /** One training step of both networks; nothing where all is frozen. */
    async step(): Promise<void> {
      if (handles.every((handle) => handle !== undefined)) return;
      const at = (steps * BATCH) % (examples.x.shape[0] - BATCH + 1);
      const batch = [examples.x, examples.y].map((all) => tf.slice(all, [at, 0], [BATCH, -1])) as [
        tf.Tensor,
        tf.Tensor,
      ];
      try {
        loss = (await library.trainOnBatch(...batch)) as number;
        await stock.trainOnBatch(...batch);
        steps++;
      } finally {
        tf.dispose(batch);
      }
    },
    // #region toggle
    /** Freezes a part of both networks, or gives it back. */
    async toggle(part: number): Promise<void> {
      const { layers } = PARTS[part]!;
      const handle = handles[part];
      if (handle) handle.unfreeze();
      handles[part] = handle
        ? undefined
        : await freeze(
            library,
            layers.map((layer) => `${layer}/*`),
          );

      // Stock: a flag, which takes effect with the next compile.
      for (const layer of layers) stock.getLayer(layer).trainable = handle !== undefined;
      stock.compile({ optimizer: optimizers[1]!, loss: 'categoricalCrossentropy' });
      then[part] = handle ? undefined : await valuesOf(stock);
    },
    // #endregion
    /** Moves one frozen weight by one unit in the last place, asks verify(), and puts it back; nothing where none is frozen. */
    async moveOne(): Promise<Told | undefined> {
      const handle = handles.find((one) => one !== undefined);
      if (!handle) return undefined;
      const putBack = await nudge(library, handle.paths[0]!);
      const [moved] = (await handle.verify()).moved;
      putBack();
      return moved && { path: moved.path, was: moved.was, is: moved.is };
    },
    async look(): Promise<LiveView> {
      const now = await Promise.all(nets.map(({ model }) => valuesOf(model)));
      const verified = await Promise.all(handles.map((handle) => handle?.verify()));
      const frozen = verified.reduce((sum, one) => sum + (one?.entries ?? 0), 0);
      const named = verified.flatMap((one) => one?.moved ?? []).reduce((sum, { entries }) => sum + entries, 0);
      const changesOf = (i: 0 | 1) =>
        [...now[i]!].map(([path, values]) => {
          const last = before[i]!.get(path)!;
          const changes = Array.from(values, (value, at) => value - last[at]!);
          return { path, rows: rowsOf(changes, path.startsWith('output/') ? 10 : UNITS) };
        });
      const view: LiveView = {
        steps,
        loss,
        frozen: handles.map((handle) => handle !== undefined),
        nets: [
          { way: 'freeze()', changes: changesOf(0), frozen, moved: named },
          { way: 'trainable = false', changes: changesOf(1), frozen, moved: stockMoved(now[1]!) },
        ],
      };
      before = now;
      return view;
    },
    dispose(): void {
      for (const handle of handles) handle?.unfreeze();
      for (const { model } of nets) model.dispose();
      for (const optimizer of optimizers) optimizer.dispose();
      tf.dispose([examples.x, examples.y]);
    },
  };
}

/** Networks that train; see {@link startLive}. */
export type Live = Awaited<ReturnType<typeof startLive>>;
