/** Whether a text has half of a pair of surrogates, which UTF-8 has no bytes for: two such texts would become one. */
export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text);
