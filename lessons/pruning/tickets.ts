import type * as tf from '@tensorflow/tfjs';
import { lotteryTicket } from '@weightkit/pruning';
import { accuracyOf, begin, buildNet, trainNet } from './network.ts';
import type { Work } from './prune-net.ts';

/** How often a ticket is pruned, and which share of what is left goes each time. */
export const ROUNDS = 3;
const FRACTION = 0.6;
/** By how much the seed of weights that are drawn anew is larger. */
const ANEW = 2000;

/** A round of the lottery: the share of zeros, and test accuracies. */
export interface Ticket {
  sparsity: number;
  /** What stays, from the weights that it had at first. */
  first: number;
  /** The same masks, with other first weights. Of the dense network it is not asked. */
  redrawn: number | null;
  /** The first weights under masks at random, as many zeros in each layer. */
  randomMask: number | null;
}

// #region tickets
/** Trains, prunes what came out smallest, puts the first weights back, and trains again; beside it the two controls. */
export async function drawTickets(
  { steps, seed }: { steps: number; seed: number },
  { train, unseen, tick }: Work,
  onRound: (tickets: Ticket[]) => void,
): Promise<Ticket[]> {
  const model = buildNet(seed);
  const tickets: Ticket[] = [];
  const rounds = lotteryTicket(model, {
    async train(net, { round }) {
      await trainNet(net as tf.LayersModel, train, steps, seed, () => tick(`lottery tickets, round ${round}`));
      return accuracyOf(net as tf.LayersModel, unseen);
    },
    rounds: ROUNDS,
    fraction: FRACTION,
    controls: ['reinitialized', 'randomMask'],
    reinitialize: (net, round) => begin(net as tf.LayersModel, seed + ANEW * round),
    seed,
  });
  try {
    for await (const { sparsity, result: first, controls } of rounds) {
      const { reinitialized: redrawn = null, randomMask = null } = controls;
      tickets.push({ sparsity, first, redrawn, randomMask });
      onRound([...tickets]);
    }
    return tickets;
  } finally {
    model.dispose();
  }
}
// #endregion
