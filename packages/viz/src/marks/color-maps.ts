/**
 * Of red, green and blue the first of 256 bytes, and by how much each is above the one before: `m` where it is the same, `n` where it is one
 * more. As digits they would take five times the bytes of a page.
 */
export type ColorMap = readonly (readonly [first: number, steps: string])[];

// The 256 colors, dark to bright, of the maps that Nathaniel Smith and Stéfan van der Walt made for matplotlib (CC0).

export const inferno: ColorMap = [
  [
    0,
    'nmmnmmnnmnnnnnnnnnnonnonnonononoonoonoooonooonoonooonoononoononoononoononoononoonononoononoononoonononoononoononononoonononononononnononnonnonnonnnonnnnonnnnnnnnnnnnnnmnnnnmnnmnnmnnmnmnmnmmnmmnmmnmmmmnmmmmmmmmmmmlmmmmlmmmlmmlmlmlmlmlmmlmlmmlmmmnmnmnnnonno',
  ],
  [
    0,
    'mnmmnmmnmnmnmnnmnmnmnmnmmnmmmmmmmmmlmmmlmmmlmmmmmnmmmnmnmnmnmnmnmnnmnmnnmnmnnmnmnmnnmnmnmnnmnmnmnmnnmnmnmnnmnmnnmnnmnnmnnmnnnmnnnnnmnnnnnnnnnnnnnnonnnnonnnonnononnononononoonoonoonoonooonooonooooonooooooonoooooooooooooooonooooooooooooooonooonoononnonnnnno',
  ],
  [
    4,
    'nnooooooopoooopoopoopoopopopoopoopoooooonononnnnnnnmnnmnmnmmnmmnmmmmmmmmmmmmmmmmmmmlmmmmlmmlmmlmlmmlmlmlmllmlmlllmllmllllmlllllllllllllllllllllllllklllllklllllkllllklllklllkllkllkllklllkllklllllmlmmmnmnnnonoonoooopooopoopoppoppppppppqpqpqqqqqqqqrqqqqqqpqp',
  ],
];

export const plasma: ColorMap = [
  [
    13,
    'ppppoopooooooonoooonooonoonoononoonoonononoononononoonononononononononnononnononnonnonnonnnonnnonnnnonnnnnnnnonnnnnnnnnnnnnnnnnnmnnnnnnnnnmnnnnnmnnnnmnnnnmnnnmnnmnnmnnmnnmnnmnmnmnnmnmnmnmnmmnmnmmnmmnmmnmmmmnmmmmmmmnmmmmmmlmmmmmmlmmmlmmlmlmlmlmlmlmllmllmlm',
  ],
  [
    8,
    'lmmlmmmmmlmmmmmmmlmmmmmmmlmmmmmlmmmmmlmmmmmmlmmmmmmmmmmnmmmmnmnmnmnmnnnnnnnnnnnnonnnnnnnnonnnnnnnonnnnnnonnnnnnnonnnnnnnonnnnnnnonnnnnnonnnnnnnonnnnnonnnnnonnnnonnnnonnnonnnonnnonnonnonnonnonnononnononnonononononononononoononoononoonoonoonoonooonoonooonoo',
  ],
  [
    135,
    'nnnonnnnnmnnnnnnmnnnmnnmnnmnmnnmnmnmnmmnmnmmnmmmnmmmmmmmmmmmmmmmmlmmlmmlmmlmlmllmllmllmlllmllllllmllllllllllllmllllllllllllllmlllllllllmlllllllmlllllllmllllllmllllllmllllllmllllllmlllllllmllllllmllllllmlllllmllllmlllmllmlmllmmlmlmmmlmmmmmnmmmmnmmnmmmmlllj',
  ],
];
