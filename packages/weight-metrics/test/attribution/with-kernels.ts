import { fillMissingKernels } from '@weightkit/core';
import { allowBackend, hasKernel } from '@weightkit/testing';

/** Runs `body`, with the kernels that gradients of convolutions need filled where the backend lacks them, as wasm does. */
export async function withKernels(body: () => Promise<void>): Promise<void> {
  if (hasKernel('Conv2DBackpropFilter')) return body();
  await allowBackend('cpu', async () => {
    const { restore } = fillMissingKernels();
    await body().finally(restore);
  });
}
