import type { en } from "./en";

/**
 * The shape every other language must have: the keys of English, each a string.
 * `_one` is left out, for Chinese has a single plural form (`_other`).
 */
export type Words<T = typeof en> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Words<T[K]>;
};
