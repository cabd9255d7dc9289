import { describe, expect, it } from 'vitest';
import { stockTopology } from '../../src/save/stock-topology.ts';

describe('stockTopology', () => {
  it('stockTopology(topology) replaces classes of weightkit wherever they stand and leaves the rest as it is', () => {
    const dense = (initializer: object) => ({
      class_name: 'Dense',
      config: { units: 2, kernel_initializer: initializer, bias_initializer: { class_name: 'Ones', config: {} } },
    });
    const of = (initializer: object) => ({
      model_config: {
        class_name: 'Sequential',
        config: [null, [dense(initializer)], { layers: [dense(initializer)] }],
      },
    });
    const topology = of({ class_name: 'WeightkitInitializer', config: { law: 'heNormal', seed: 1 } });
    const before = structuredClone(topology);
    expect(stockTopology(topology)).toEqual(of({ class_name: 'Zeros', config: {} }));
    expect(topology).toEqual(before);
    const stock = of({ class_name: 'VarianceScaling', config: { seed: null } });
    expect(stockTopology(stock)).toEqual(stock);
  });
});
