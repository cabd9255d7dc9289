// One step of each rule on one weight, by hand.

export interface OneStep {
  weight: number;
  /** The slope of the error at the weight. */
  slope: number;
  lambda: number;
  rate: number;
}

/** What each rule calls itself, and the weight after its step. Adam takes its first step, in which it goes by the sign of the slope alone. */
export function stepsByHand({
  weight,
  slope,
  lambda,
  rate,
}: OneStep): { rule: string; formula: string; weight: number }[] {
  const adam = (g: number) => rate * Math.sign(g);
  return [
    { rule: 'no penalty', formula: 'w − ηg', weight: weight - rate * slope },
    {
      rule: 'gradient descent, tfjs l2',
      formula: 'w − η(g + 2λw)',
      weight: weight - rate * (slope + 2 * lambda * weight),
    },
    {
      rule: 'gradient descent, weight decay',
      formula: 'w − η(g + λw)',
      weight: weight - rate * (slope + lambda * weight),
    },
    {
      rule: 'gradient descent, decoupled decay',
      formula: '(1 − ηλ)w − ηg',
      weight: (1 - rate * lambda) * weight - rate * slope,
    },
    { rule: 'Adam, no penalty', formula: 'w − η sign(g)', weight: weight - adam(slope) },
    { rule: 'Adam, weight decay', formula: 'w − η sign(g + λw)', weight: weight - adam(slope + lambda * weight) },
    {
      rule: 'AdamW, decoupled decay',
      formula: '(1 − ηλ)w − η sign(g)',
      weight: (1 - rate * lambda) * weight - adam(slope),
    },
  ];
}
