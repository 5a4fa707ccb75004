// How etcd reads its flags: `-name` or `--name`, ETCD_NAME in the environment, or all of them from a YAML file, which then
// counts alone. Everything ends up as words `--name=text` for one parser.
import { readFileSync } from 'node:fs';
import { UsageError, variableOf } from '../../apiserver/config/flag-table.js';
import { isJsonObject, type Json, type JsonObject } from '../../apiserver/object/kube-object.js';
import { parseYaml } from '../../apiserver/object/yaml.js';
import { currentName } from './other-flags.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const envPrefix = 'ETCD_';

/** Go's flags take one dash or two; 3.5's names are turned into today's. */
export function normalWords(argv: readonly string[]): string[] {
  return argv.map((word) => {
    const [, name, rest = ''] = /^--?([a-z][a-z0-9-]*)(=.*)?$/s.exec(word) ?? [];
    return name === undefined ? word : `--${currentName(name)}${rest}`;
  });
}

/** Empty variables do not count. */
export function ownVariables(env: Environment): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(envPrefix) || text === undefined || text === '') continue;
    const name = variable.slice(envPrefix.length).toLowerCase().replaceAll('_', '-');
    own[variableOf(currentName(name), envPrefix)] = text;
  }
  return own;
}

/** etcd's own, which are no flags. */
const specialVariables = new Set(['ETCD_UNSUPPORTED_ARCH', 'ETCD_VERSION']);

/** Variables that look like flags and are none. */
export function unknownVariables(env: Environment, flags: readonly string[]): string[] {
  const known = new Set(flags.map((name) => variableOf(name, envPrefix)));
  return Object.keys(ownVariables(env)).filter(
    (variable) => !known.has(variable) && !specialVariables.has(variable),
  );
}

/** Keys below these name flags by another name. */
const sections: Readonly<Record<string, (key: string) => string>> = {
  'client-transport-security': (key) =>
    ({ 'allowed-hostname': 'client-cert-allowed-hostname' })[key] ?? key,
  'peer-transport-security': (key) =>
    ({
      'allowed-cn': 'peer-cert-allowed-cn',
      'allowed-hostname': 'peer-cert-allowed-hostname',
    })[key] ?? `peer-${key}`,
};

/**
 * The file as command line words. Numbers are nanoseconds where the flag is a duration (`isDuration`), as etcd reads
 * them. Keys that are no flags are left out, as etcd does, and named in `unknown`.
 */
export function wordsOfFile(
  path: string,
  flags: {
    readonly isKnown: (name: string) => boolean;
    readonly isDuration: (name: string) => boolean;
  },
): { readonly words: readonly string[]; readonly unknown: readonly string[] } {
  const words: string[] = [];
  const unknown: string[] = [];
  const add = (key: string, value: Json | undefined): void => {
    const name = currentName(key);
    if (value === null || value === undefined) return;
    if (!flags.isKnown(name)) unknown.push(key);
    else words.push(`--${name}=${textOf(name, value, flags.isDuration(name))}`);
  };
  for (const [key, value] of Object.entries(readYaml(path))) {
    const nameOf = Object.hasOwn(sections, key) ? sections[key] : undefined;
    if (nameOf === undefined) add(key, value);
    else if (isJsonObject(value)) {
      for (const [inner, text] of Object.entries(value)) add(nameOf(inner), text);
    } else if (value !== null && value !== undefined)
      throw new UsageError(`${path}: ${key} must be a mapping`);
  }
  return { words, unknown };
}

function textOf(name: string, value: Json, isDuration: boolean): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  if (typeof value === 'number') return isDuration ? `${value}ns` : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  throw new UsageError(`--config-file: ${name} must be a single value`);
}

function readYaml(path: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--config-file: ${messageOf(error)}`);
  }
  try {
    const [document = null] = parseYaml(text, { isFirstOnly: true });
    if (document === null) return {};
    if (!isJsonObject(document)) throw new Error('expected a mapping');
    return document;
  } catch (error) {
    throw new UsageError(`--config-file ${path}: ${messageOf(error)}`);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
