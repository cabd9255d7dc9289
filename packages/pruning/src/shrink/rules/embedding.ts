import { type Flow, varying } from '../flow.ts';
import type { Rule } from '../links.ts';

/** Embedding: a column of the table for each unit. What it is given are numbers of rows. */
export const embedding: Rule = (call, links) => {
  const [flow] = call.inputs as [Flow];
  links.atoms.pin(flow.atoms, `${call.path} reads numbers of rows`);
  const table = links.weight(call.layer, 'embeddings')!;
  const [rows, columns] = table.weight.shape as [number, number];
  if (flow.source !== undefined) links.rows.set(flow.source, Math.min(rows, links.rows.get(flow.source) ?? rows));
  const values = varying(columns);
  for (let j = 0; j < columns; j++) {
    let row = 1;
    while (row < rows && table.values[row * columns + j] === table.values[j]) row++;
    if (row >= rows) values[j] = table.values[j]!;
  }
  const atoms = links.made(call, columns, values);
  links.slot(table, 1, atoms);
  links.size(call, ['outputDim'], atoms);
  return [{ axis: call.outputShapes[0]!.length - 1, atoms, values }];
};
