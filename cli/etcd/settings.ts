// EtcdSettings: what `frontdesk etcd` is told, from flags, environment or file, checked as etcd checks it.
import {
  describeFlags,
  must,
  parseArguments,
  UsageError,
  variableOf,
  type FlagValues,
} from '../../apiserver/config/flag-table.js';
import { memberConfig, type MemberConfig } from '../../apiserver/config/member-config.js';
import {
  envPrefix,
  normalWords,
  ownVariables,
  unknownVariables,
  wordsOfFile,
  type Environment,
} from './arguments.js';
import { usedFlags } from './flags.js';
import { isWithoutEffect, otherFlags } from './other-flags.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'panic' | 'fatal';

export interface EtcdSettings {
  readonly dataDir: string;
  readonly member: MemberConfig;
  readonly strictReconfigCheck: boolean;
  readonly api: ApiSettings;
  readonly auth: {
    readonly token: string;
    readonly bcryptCost: number;
    readonly ttlSeconds: number;
  };
  readonly log: LogSettings;
  /** What the log should begin with: variables nobody knows, flags without effect. */
  readonly warnings: readonly Warning[];
}

export interface ApiSettings {
  readonly watchProgressMs: number;
  readonly streamsMax: number;
  readonly hasGateway: boolean;
  readonly hostWhitelist: readonly string[];
}

export interface LogSettings {
  readonly level: LogLevel;
  /** `stderr`, `stdout` or files. */
  readonly outputs: readonly string[];
  readonly format: 'json' | 'console';
}

export interface Warning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A flag that cannot be parsed: etcd ends with 2 then, and with 1 when values do not go together. */
export class FlagError extends UsageError {}

type Values = FlagValues<typeof usedFlags>;

const allFlags = { ...usedFlags, ...otherFlags };

export const describeEtcdFlags = (): string => describeFlags(allFlags);

/** Undefined: --version was asked for. Throws FlagError or UsageError. */
export function readSettings(argv: readonly string[], env: Environment): EtcdSettings | undefined {
  const own = ownVariables(env);
  const words = normalWords(argv);
  const given = parse(words, own);
  if (given['version'] === true) return undefined;
  const path = given['config-file'];
  if (path === undefined) {
    const isSet = (name: string): boolean => own[variable(name)] !== undefined || isIn(words, name);
    return settingsOf(given, isSet, warningsOf(env, own, words));
  }
  const file = wordsOfFile(path, { isKnown, isDuration });
  const unknown = file.unknown.map((key) => warning('unrecognized key in the file', { key, path }));
  return settingsOf(parse(file.words, {}), (name) => isIn(file.words, name), [
    ...unknown,
    ...ineffective(file.words),
  ]);
}

const variable = (name: string): string => variableOf(name, envPrefix);
const isIn = (words: readonly string[], name: string): boolean =>
  words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
const isKnown = (name: string): boolean => Object.hasOwn(allFlags, name);
const isDuration = (name: string): boolean =>
  Object.entries(allFlags).some(([own, { value }]) => own === name && value === 'DURATION');

function parse(words: readonly string[], own: Environment): Values {
  try {
    const { flags, words: rest } = parseArguments(allFlags, words, own, {}, envPrefix);
    const [word] = rest;
    if (word !== undefined) throw new UsageError(`${JSON.stringify(word)} is not a valid flag`);
    // as: the table holds all rows of usedFlags, with their types.
    return flags;
  } catch (error) {
    if (error instanceof UsageError && !error.message.endsWith('is not a valid flag')) {
      throw new FlagError(error.message);
    }
    throw error;
  }
}

function warningsOf(env: Environment, own: Environment, words: readonly string[]): Warning[] {
  const shadowed = Object.keys(allFlags).filter(
    (name) => own[variable(name)] !== undefined && isIn(words, name),
  );
  return [
    ...unknownVariables(env, Object.keys(allFlags)).map((name) =>
      warning('unrecognized environment variable', {
        'environment-variable': `${name}=${env[name] ?? ''}`,
      }),
    ),
    ...shadowed.map((name) =>
      warning('environment variable is shadowed by its flag', {
        'environment-variable': variable(name),
      }),
    ),
    ...ineffective(words),
    ...Object.keys(own)
      .map((name) => name.slice(envPrefix.length).toLowerCase().replaceAll('_', '-'))
      .filter((name) => isWithoutEffect(name) && !isIn(words, name))
      .map((flag) => warning('flag is accepted and not used', { flag })),
  ];
}

const ineffective = (words: readonly string[]): Warning[] =>
  Object.keys(otherFlags)
    .filter((name) => isWithoutEffect(name) && isIn(words, name))
    .map((flag) => warning('flag is accepted and not used', { flag }));

const warning = (message: string, fields: Warning['fields']): Warning => ({ message, fields });

function settingsOf(
  values: Values,
  isSet: (name: string) => boolean,
  warnings: readonly Warning[],
): EtcdSettings {
  const name = must(values, 'name');
  if (isSet('listen-client-urls') && !isSet('advertise-client-urls')) {
    throw new UsageError(
      '--advertise-client-urls is required when --listen-client-urls is set explicitly',
    );
  }
  return {
    dataDir: values['data-dir'] ?? `${name}.etcd`,
    member: memberConfig(values),
    strictReconfigCheck: must(values, 'strict-reconfig-check'),
    api: apiSettings(values),
    auth: {
      token: must(values, 'auth-token'),
      bcryptCost: must(values, 'bcrypt-cost'),
      ttlSeconds: must(values, 'auth-token-ttl'),
    },
    log: {
      level: must(values, 'log-level'),
      outputs: must(values, 'log-outputs').map((to) => (to === 'default' ? 'stderr' : to)),
      format: must(values, 'log-format'),
    },
    warnings,
  };
}

const apiSettings = (values: Values): ApiSettings => ({
  watchProgressMs: must(values, 'watch-progress-notify-interval'),
  streamsMax: must(values, 'max-concurrent-streams'),
  hasGateway: must(values, 'enable-grpc-gateway'),
  hostWhitelist: must(values, 'host-whitelist'),
});
