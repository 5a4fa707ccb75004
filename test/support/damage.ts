// Damage: seeded mutations of manifests, of the value (wrong types, odd numbers, missing and foreign members)
// and of the text (cut off, flipped and foreign bytes). The same seed gives the same damage.
import type { Json } from './api-client.js';

export class Damage {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1): mulberry32. */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** JSON text of the object with one to three places changed; now and then the text itself is damaged. */
  manifest(whole: object): string {
    const object = structuredClone(whole) as Json; // as: manifests are JSON objects
    for (let count = 1 + this.below(3); count > 0; count--) this.change(object);
    const text = JSON.stringify(object).replaceAll(/"@raw:([^"]*)"/g, '$1');
    return this.below(20) === 0 ? this.text(text) : text;
  }

  /** A JSON patch operation at a place of the object or near it. */
  operation(whole: Json): object {
    const path = `/${this.place(whole).path.join('/')}`;
    const op = this.pick(['add', 'remove', 'replace', 'move', 'copy', 'test']);
    return {
      op,
      path,
      from: `/${this.place(whole).path.join('/')}`,
      value: this.value(),
    };
  }

  private change(object: Json): void {
    const { holder, key } = this.place(object);
    const member = Array.isArray(holder) ? Number(key) : key;
    switch (this.below(6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else Reflect.deleteProperty(holder, key);
        return;
      case 1:
        if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
        else define(holder, this.pick(oddKeys), this.value());
        return;
      case 2: {
        const other = this.place(object);
        define(holder, member, structuredClone((other.holder as Json)[other.key]));
        return;
      }
      default:
        define(holder, member, this.value());
    }
  }

  /** A random member, found by walking down; anywhere below the root may be it. */
  private place(root: Json): {
    holder: Json | unknown[];
    key: string;
    path: string[];
  } {
    let holder: Json | unknown[] = root;
    const path: string[] = [];
    for (;;) {
      const keys = Object.keys(holder);
      const key = keys[this.below(keys.length)] ?? 'x';
      path.push(key);
      const inner = holder[key] as unknown;
      const isInner = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
      if (!isInner || this.below(5) === 0) return { holder, key, path };
      holder = inner;
    }
  }

  private value(): unknown {
    return structuredClone(this.pick(oddValues));
  }

  private text(text: string): string {
    const at = this.below(text.length);
    switch (this.below(4)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(0, at) + this.pick(oddTexts) + text.slice(at);
      case 2:
        return text.slice(0, at) + String.fromCharCode(this.below(256)) + text.slice(at + 1);
      default:
        return text.slice(0, at) + text.slice(at + 1 + this.below(10));
    }
  }
}

/** Plain assignment would set a prototype. */
const define = (holder: object, key: string | number, value: unknown): void => {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};

const oddKeys = [
  'foo',
  '',
  '__proto__',
  'constructor',
  'toString',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  'a/b~0',
  'Name',
  'status',
  'finalizers',
  'ünï',
] as const;

/** `@raw:` marks text that stands for itself: numbers JavaScript cannot hold. */
const oddValues = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  65536,
  4294967296,
  '@raw:9223372036854775807',
  '@raw:9223372036854775808',
  '@raw:-9223372036854775808',
  '@raw:1e308',
  '@raw:1e-400',
  '@raw:-0',
  '',
  'a',
  'A_b',
  '..',
  '1Gi',
  '-1',
  '1e400',
  'a'.repeat(300),
  '\0',
  '\ud800',
  'ünï',
  '2026-01-01T00:00:00Z',
  '__proto__',
  '10.0.0.300',
  '*',
  [],
  [null],
  [[]],
  ['a', 'a'],
  [{}],
  [1, 'a', null],
  {},
  { a: null },
  { '': '' },
  { name: 'x' },
  { matchLabels: { a: 'b' } },
  { type: 'Recreate', rollingUpdate: { maxSurge: '200%' } },
] as const;

const oddTexts = ['"', '{', ']', ',', '\\u0000', 'null', '\t', '1e', '//', '\u2028'] as const;
