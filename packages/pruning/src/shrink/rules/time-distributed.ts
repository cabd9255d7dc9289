import type { Flow, GraphLayer, Shape } from '../flow.ts';
import type { Links, Rule } from '../links.ts';

const without = (shape: Shape): Shape => [shape[0]!, ...shape.slice(2)];

/** TimeDistributed: the rule of the layer in it, for one step. */
export const timeDistributed =
  (ruleOf: (layer: GraphLayer) => Rule | undefined): Rule =>
  (call, links: Links) => {
    const { layer: inner } = call.layer;
    const [flow] = call.inputs as [Flow];
    const rule = inner.layers ? undefined : ruleOf(inner);
    if (!rule) return links.barrier(call, `${call.path} has a ${inner.getClassName()}, which is not known`);
    if (flow.axis < 2) return links.barrier(call, `${call.path} goes along the axis of the units`);
    const outputs = rule(
      {
        ...call,
        layer: inner,
        within: [...call.within, 'layer', 'config'],
        inputs: [{ ...flow, axis: flow.axis - 1 }],
        inputShapes: call.inputShapes.map(without),
        outputShapes: call.outputShapes.map(without),
      },
      links,
    );
    return outputs.map((one) => ({ ...one, axis: one.axis + 1 }));
  };
