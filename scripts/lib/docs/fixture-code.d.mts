/** The code behind what examples of doc comments take for granted, by name. */
export const FIXTURE: Readonly<Record<'model' | 'x' | 'y' | 'layer', string>>;
