// Flags as a table: parsing (`--flag value`, `--flag=value`, FRONTDESK_FLAG or ETCD_FLAG), and --help, from the same rows.
// A mistake is a UsageError whose message is one clear line.

export interface Flag<T> {
  /** What stands for the value in --help; '' for a switch. */
  readonly value: string;
  /** As it would be written on the command line; undefined = unset. */
  readonly fallback: string | undefined;
  readonly help: string;
  /** Throws an Error that says what is wrong with the text. */
  readonly parse: (text: string) => T;
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> | undefined;
};

export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export interface Parsed<Table extends FlagTable> {
  readonly flags: FlagValues<Table>;
  /** What is not a flag, in order. */
  readonly words: readonly string[];
}

/** Letters stand for long names: { n: 'namespace' }. */
export type ShortNames = Readonly<Record<string, string>>;

export function parseArguments<Table extends FlagTable>(
  table: Table,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  shortNames: ShortNames = {},
  envPrefix = 'FRONTDESK_',
): Parsed<Table> {
  const texts = new Map<string, string>();
  for (const [name, flag] of Object.entries(table)) {
    const text = env[variableOf(name, envPrefix)] ?? flag.fallback;
    if (text !== undefined) texts.set(name, text);
  }
  const words = readWords(table, argv, shortNames, texts);
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(table)) {
    const text = texts.get(name);
    values[name] = text === undefined ? undefined : parseValue(name, flag, text);
  }
  // as: each value came out of its own row's parse.
  return { flags: values as FlagValues<Table>, words };
}

function readWords(
  table: FlagTable,
  argv: readonly string[],
  shortNames: ShortNames,
  texts: Map<string, string>,
): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') return [...words, ...argv.slice(i + 1)];
    if (word === '-' || !word.startsWith('-')) {
      words.push(word);
      continue;
    }
    const { name, text } = splitFlag(word, shortNames);
    const flag = Object.hasOwn(table, name) ? table[name] : undefined;
    if (flag === undefined) throw new UsageError(`unknown flag: ${word.split('=')[0] ?? word}`);
    if (text !== undefined) texts.set(name, text);
    else if (flag.value === '') texts.set(name, 'true');
    else {
      const next = argv[++i];
      if (next === undefined) throw new UsageError(`flag needs a value: --${name}`);
      texts.set(name, next);
    }
  }
  return words;
}

/** `--name`, `--name=text`, `-n`, `-n=text`, `-ntext`. */
function splitFlag(
  word: string,
  shortNames: ShortNames,
): { name: string; text: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals < 0
      ? { name: word.slice(2), text: undefined }
      : { name: word.slice(2, equals), text: word.slice(equals + 1) };
  }
  const name = shortNames[word.charAt(1)] ?? word.slice(1);
  const rest = word.slice(2);
  return { name, text: rest === '' ? undefined : rest.replace(/^=/, '') };
}

function parseValue(name: string, flag: Flag<unknown>, text: string): unknown {
  try {
    return flag.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`invalid value ${JSON.stringify(text)} for --${name}: ${why}`);
  }
}

/** The value of a flag that always has one: its row has a fallback. */
export function must<Values extends object, Name extends keyof Values & string>(
  values: Values,
  name: Name,
): NonNullable<Values[Name]> {
  const value = values[name];
  if (value === undefined || value === null) throw new UsageError(`--${name} needs a value`);
  return value;
}

/** --data-dir -> FRONTDESK_DATA_DIR */
export const variableOf = (name: string, prefix = 'FRONTDESK_'): string =>
  `${prefix}${name.toUpperCase().replaceAll('-', '_')}`;

export function describeFlags(table: FlagTable): string {
  const rows = Object.entries(table).map(([name, flag]) => ({
    left: `  --${name}${flag.value === '' ? '' : ` ${flag.value}`}`,
    right:
      flag.fallback === undefined || flag.fallback === '' || flag.value === ''
        ? flag.help
        : `${flag.help} (default ${flag.fallback})`,
  }));
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  return rows.map((row) => `${row.left.padEnd(width)}${row.right}`).join('\n');
}
