import * as tf from '@tensorflow/tfjs-core';

/** Registrations of ours, and what each is over. */
const OVER = new WeakMap<object, object | undefined>();

/** Where one registration is kept. */
interface Place<Config> {
  get(): Config | undefined;
  set(config: Config | undefined): void;
}

const kernelPlace = ({ kernelName, backendName }: tf.KernelConfig): Place<tf.KernelConfig> => ({
  get: () => tf.getKernel(kernelName, backendName),
  set(config) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    if (config) tf.registerKernel(config);
  },
});

const gradientPlace = ({ kernelName }: tf.GradConfig): Place<tf.GradConfig> => ({
  get: () => tf.getGradient(kernelName),
  set(config) {
    if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
    if (config) tf.registerGradient(config);
  },
});

/** What is registered without those of ours that are over it, `undefined` where there is nothing else. */
function beneath<Config extends object>(registered: Config | undefined): Config | undefined {
  let at = registered;
  while (at && OVER.has(at)) at = OVER.get(at) as Config | undefined;
  return at;
}

/** The lowest registration of ours from `top` down. */
function lowestOf(top: object): object {
  let at = top;
  for (let below = OVER.get(at); below && OVER.has(below); below = OVER.get(at)) at = below;
  return at;
}

function swap<Config extends object>(place: Place<Config>, ours: Config, under: boolean): () => void {
  const mine = { ...ours };
  const top = place.get();
  if (under && top && OVER.has(top)) {
    const lowest = lowestOf(top);
    OVER.set(mine, OVER.get(lowest));
    OVER.set(lowest, mine);
  } else {
    OVER.set(mine, top);
    place.set(mine);
  }
  return () => {
    const now = place.get();
    const below = OVER.get(mine) as Config | undefined;
    if (now === mine) {
      place.set(below);
      return;
    }
    // A later swap is over this one, which it would put back.
    for (let at: object | undefined = now; at; at = OVER.get(at)) if (OVER.get(at) === mine) OVER.set(at, below);
  };
}

/** The kernel of a backend beneath those of ours: stock's, or of others, `undefined` where it has none. */
export const kernelBeneath = (kernelName: string, backendName: string): tf.KernelConfig | undefined =>
  beneath<tf.KernelConfig>(tf.getKernel(kernelName, backendName));

/** The gradient function of a kernel beneath those of ours. */
export const gradientBeneath = (kernelName: string): tf.GradConfig | undefined =>
  beneath<tf.GradConfig>(tf.getGradient(kernelName));

/**
 * Registers a kernel, over one that may be there.
 *
 * @param ours - the kernel
 * @param options - `under: true` puts it under those of ours that are there already, which go on running
 * @returns what takes it out again, in any order with other swaps of the same kernel; a registration by others that took its place
 * stays
 */
export const swapKernel = (ours: tf.KernelConfig, { under = false } = {}): (() => void) =>
  swap(kernelPlace(ours), ours, under);

/** Registers a gradient function, as {@link swapKernel} does a kernel, under those of ours that are there. */
export const swapGradient = (ours: tf.GradConfig): (() => void) => swap(gradientPlace(ours), ours, true);
