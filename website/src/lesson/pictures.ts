/** A figure of the default run as scripts/pictures.mjs drew it; sizes in pixels, width and height. */
export interface StaticPicture {
  name: string;
  title: string;
  description: string;
  wide: [number, number];
  narrow: [number, number];
  /** Whether it stands in the page's HTML; else it is an image. */
  inPage: boolean;
  /** The main figure, one beside the text, or one of the others. */
  place: 'main' | 'text' | 'more';
}

/** `pictures.json` of a lesson. */
export interface Pictures {
  /** Changes with the drawings, so that a browser does not show old ones. */
  version: string;
  figures: StaticPicture[];
  /** Figures of what was measured for the lesson; no run changes them. */
  measured: StaticPicture[];
  moments: string[];
  summary: string[];
  /** Files of the default run that the reader can keep, with their bytes. */
  files: { name: string; bytes: number }[];
}

/** Below this width of the window all figures are drawn for a phone. */
export const PHONE = '(max-width: 600px)';
