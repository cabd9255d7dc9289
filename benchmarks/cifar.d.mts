/** Images, [image, row, column, color] in bytes, and what they show. */
export interface CifarPart {
  pixels: Uint8Array;
  labels: Uint8Array;
  count: number;
}

/** The first batch and the test batch of a folder. */
export function readCifar(folder: string): { train: CifarPart; test: CifarPart };
