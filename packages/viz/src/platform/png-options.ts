/** How a figure is turned into pixels. */
export interface PngOptions {
  /** Pixels per unit of the drawing, in (0, 8]. @defaultValue 2 */
  scale?: number;
  /** More font files for resvg in Node, for letters that the shipped font lacks. @defaultValue [] */
  fontFiles?: string[];
}
