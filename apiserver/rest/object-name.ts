// Names the server makes: generateName plus five characters of an alphabet without vowels and look-alikes.
import type { KubeObject } from '../object/kube-object.js';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const nameMax = 63;

export function generateName(prefix: string, random: () => number): string {
  let name = prefix.slice(0, nameMax - suffixLength);
  for (let i = 0; i < suffixLength; i++) {
    name += alphabet[Math.floor(random() * alphabet.length)] ?? 'x';
  }
  return name;
}

export const wantsGeneratedName = ({ metadata }: KubeObject): boolean =>
  (metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '';
