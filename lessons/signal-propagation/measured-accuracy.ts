/** Test accuracy after training, over seeds; `npm run tables` writes it. */
export interface Accuracy {
  std: number;
  least: number;
  mean: number;
  most: number;
}

export const ACCURACY: readonly Accuracy[] = [
  { std: 0.03, least: 0.099, mean: 0.099, most: 0.099 },
  { std: 0.07, least: 0.099, mean: 0.1046, most: 0.127 },
  { std: 0.1, least: 0.213, mean: 0.2544, most: 0.294 },
  { std: 0.12, least: 0.583, mean: 0.6652, most: 0.727 },
  { std: 0.14142, least: 0.7, mean: 0.7416, most: 0.766 },
  { std: 0.17, least: 0.748, mean: 0.7688, most: 0.806 },
  { std: 0.2, least: 0.089, mean: 0.1006, most: 0.116 },
  { std: 0.25, least: 0.085, mean: 0.0962, most: 0.11 },
  { std: 0.5, least: 0.085, mean: 0.1112, most: 0.156 },
  { std: 1, least: 0.085, mean: 0.1112, most: 0.156 },
];
