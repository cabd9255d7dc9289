// Heights over two weights x and y, with their gradients by the rules of calculus. Nothing here loads TensorFlow.js.

export const SURFACES = ['valley', 'banana', 'saddle', 'plateau'] as const;
export type SurfaceName = (typeof SURFACES)[number];

/** The part of the plane that the map shows. */
export const MAP = { x: [-4, 4], y: [-3, 3] } as const;

export type Point = readonly [x: number, y: number];

/** A loss of two weights. */
export interface Surface {
  height(x: number, y: number): number;
  gradient(x: number, y: number): [number, number];
  /** The least height. */
  lowest: number;
  /** As it is written. */
  formula: string;
  /** Heights of the contours. */
  levels: readonly number[];
}

export const surfaces: Readonly<Record<SurfaceName, Surface>> = {
  valley: {
    height: (x, y) => 0.05 * x * x + y * y,
    gradient: (x, y) => [0.1 * x, 2 * y],
    lowest: 0,
    formula: '0.05x² + y²',
    levels: [0.02, 0.1, 0.3, 0.7, 1.5, 3, 5, 8],
  },
  banana: {
    height: (x, y) => 0.1 * (1 - x / 2) ** 2 + (y - (x * x) / 4) ** 2,
    gradient: (x, y) => {
      const off = y - (x * x) / 4;
      return [-0.1 * (1 - x / 2) - x * off, 2 * off];
    },
    lowest: 0,
    formula: '0.1(1 − x/2)² + (y − x²/4)²',
    levels: [0.02, 0.1, 0.3, 1, 3, 8, 15, 25],
  },
  saddle: {
    height: (x, y) => 0.25 * x * x - 0.25 * y * y + y ** 4 / 32,
    gradient: (x, y) => [0.5 * x, -0.5 * y + y ** 3 / 8],
    lowest: -0.5,
    formula: 'x²/4 − y²/4 + y⁴/32',
    levels: [-0.45, -0.3, -0.15, 0, 0.3, 1, 2, 3.5],
  },
  plateau: {
    height: (x, y) => 1 - Math.exp(-(x * x + y * y) / 3),
    gradient: (x, y) => {
      const slope = (2 / 3) * Math.exp(-(x * x + y * y) / 3);
      return [x * slope, y * slope];
    },
    lowest: 0,
    formula: '1 − exp(−(x² + y²)/3)',
    levels: [0.05, 0.2, 0.4, 0.6, 0.8, 0.92, 0.98, 0.996],
  },
};
