import { expect, test } from 'vitest';
import { equalize, foldBatchNorm } from '../../src/index.ts';
import { predict, relative, withModel } from './helpers.ts';
import { agreement, CLASSES, inStock, mobileNet, stretch, stripes, trainHead } from './stripes.ts';

test('a trained net whose channels are stretched 100 : 1 falls apart in uint8, and is whole again after foldBatchNorm and equalize', async () => {
  await withModel(mobileNet(), async (model) => {
    await trainHead(model as never);
    const { x, labels } = stripes(512, 2);
    const whole = await predict(model, x);
    const truth = Float32Array.from(
      { length: 512 * CLASSES },
      (_, i) => +(labels[Math.floor(i / CLASSES)] === i % CLASSES),
    );
    expect(agreement(whole, truth)).toBeGreaterThan(0.8);

    stretch(model as never);
    expect(relative(whole, await predict(model, x))).toBeLessThan(1e-4);
    const broken = await inStock(model, x);
    const folded = await foldBatchNorm(model);
    const onlyFolded = await inStock(folded.model, x);
    const equal = await equalize(folded.model);
    const repaired = await inStock(equal.model, x);
    expect(folded.folded).toHaveLength(3);
    expect(equal.pairs).toHaveLength(3);
    expect(agreement(whole, broken)).toBeLessThan(0.7);
    expect(agreement(whole, onlyFolded)).toBeLessThan(0.7);
    expect(agreement(whole, repaired)).toBeGreaterThanOrEqual(0.98);
    x.dispose();
    folded.model.dispose();
    equal.model.dispose();
  });
});
