// What a name, key or value may look like: the checks of apimachinery's util/validation. Each returns what is
// wrong in the real server's words; an empty list means fine. Source: the published messages of that package.

export type NameCheck = (value: string) => string[];

/** Upstream counts bytes in all of them and says so in the newer ones, those of label keys and values. */
type Unit = 'characters' | 'bytes';
const tooLongFor = (max: number, unit: Unit): string => `must be no more than ${max} ${unit}`;
const empty = 'must be non-empty';

/** `examples` appear as Go prints them, with two blanks after the comma before "or". */
function patternMessage(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return examples.length === 0
    ? `${message} (regex used for validation is '${pattern}')`
    : `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

interface Shape {
  readonly expression: RegExp;
  readonly message: string;
}

function shape(message: string, pattern: string, ...examples: string[]): Shape {
  return {
    expression: new RegExp(`^(?:${pattern})$`),
    message: patternMessage(message, pattern, ...examples),
  };
}

function checkShape(
  value: string,
  { expression, message }: Shape,
  max = Infinity,
  unit: Unit = 'characters',
): string[] {
  const errors: string[] = [];
  if (value.length > max) errors.push(tooLongFor(max, unit));
  if (!expression.test(value)) errors.push(message);
  return errors;
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const labelShape = shape(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label,
  'my-name',
  '123-abc',
);
const subdomainShape = shape(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  'example.com',
);
const underscoreLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoreSubdomainShape = shape(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  `${underscoreLabel}(\\.${underscoreLabel})*`,
  'example.com',
);
const label1035Shape = shape(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  'my-name',
  'abc-123',
);
const wildcardShape = shape(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  `\\*\\.${subdomain}`,
  '*.example.com',
);

export const isDns1123Label: NameCheck = (value) => checkShape(value, labelShape, 63);
export const isDns1123Subdomain: NameCheck = (value) => checkShape(value, subdomainShape, 253);
/** For DNS search paths and the like, where `_` is tolerated. */
export const isDns1123SubdomainWithUnderscore: NameCheck = (value) =>
  checkShape(value, underscoreSubdomainShape, 253);
export const isDns1035Label: NameCheck = (value) => checkShape(value, label1035Shape, 63);
export const isWildcardDns1123Subdomain: NameCheck = (value) =>
  checkShape(value, wildcardShape, 253);

const qualifiedPart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedShape = shape(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedPart,
  'MyName',
  'my.name',
  '123-abc',
);

/** A label key, annotation key, finalizer or resource name: `name` or `dns.prefix/name`. */
export function isQualifiedName(value: string): string[] {
  const errors: string[] = [];
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedShape.message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, value];
  if (prefix === '') errors.push(`prefix part ${empty}`);
  else if (prefix !== undefined)
    errors.push(
      ...checkShape(prefix, subdomainShape, 253, 'bytes').map(
        (message) => `prefix part ${message}`,
      ),
    );
  if (name === '') errors.push(`name part ${empty}`);
  else if (name.length > 63) errors.push(`name part ${tooLongFor(63, 'bytes')}`);
  if (!qualifiedShape.expression.test(name)) errors.push(`name part ${qualifiedShape.message}`);
  return errors;
}

const labelValueShape = shape(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${qualifiedPart})?`,
  'MyValue',
  'my_value',
  '12345',
);
export const isLabelValue: NameCheck = (value) => checkShape(value, labelValueShape, 63, 'bytes');

/** A name that is one segment of a URL path. */
export function isPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return isPathSegmentPrefix(value);
}
export const isPathSegmentPrefix: NameCheck = (value) =>
  ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);

/** Names like `system:node`, used by RBAC. */
export const isRbacName: NameCheck = isPathSegment;

/** An IANA service name, as container and service ports carry. */
export function isPortName(value: string): string[] {
  const errors: string[] = [];
  if (value.length > 15) errors.push(tooLongFor(15, 'characters'));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-'))
    errors.push('must not begin or end with a hyphen');
  return errors;
}

const inclusive = (low: number, high: number): string =>
  `must be between ${low} and ${high}, inclusive`;

export const isPortNumber = (value: number): string[] =>
  value >= 1 && value <= 65535 ? [] : [inclusive(1, 65535)];
export const isInRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [inclusive(low, high)];

const configKeyShape = shape(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  '[-._a-zA-Z0-9]+',
  'key.name',
  'KEY_NAME',
  'key-name',
);
export const isConfigMapKey: NameCheck = (value) => [
  ...checkShape(value, configKeyShape, 253),
  ...climbsUp(value),
];

const envVarShape = shape(
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
);
export const isStrictEnvVarName: NameCheck = (value) => [
  ...checkShape(value, envVarShape),
  ...climbsUp(value),
];
/** What a container's env accepts since 1.34. */
export function isEnvVarName(value: string): string[] {
  const errors: string[] = [];
  if (value === '') errors.push(`environment variable name ${empty}`);
  if (!/^[ -<>-~]*$/.test(value)) {
    errors.push(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    );
  }
  return errors;
}

function climbsUp(value: string): string[] {
  if (value === '.') return [`must not be '.'`];
  if (value === '..') return [`must not be '..'`];
  return value.startsWith('..') ? [`must not start with '..'`] : [];
}

const cIdentifierShape = shape(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  '[A-Za-z_][A-Za-z0-9_]*',
  'my_name',
  'MY_NAME',
  'MyName',
);
export const isCIdentifier: NameCheck = (value) => checkShape(value, cIdentifierShape);

const headerShape = shape(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  '[-A-Za-z0-9]+',
  'X-Header-Name',
);
export const isHttpHeaderName: NameCheck = (value) => checkShape(value, headerShape);

const percentShape = shape(
  "a valid percent string must be a numeric string followed by an ending '%'",
  '[0-9]+%',
  '1%',
  '93%',
);
export const isPercent: NameCheck = (value) => checkShape(value, percentShape);

/** `example.com/path`: a DNS subdomain, a slash, a URL path. */
export function isDomainPrefixedPath(value: string): string[] {
  if (value === '') return [empty];
  const slash = value.indexOf('/');
  if (slash < 0 || slash === value.length - 1 || slash === 0)
    return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const errors = isDns1123Subdomain(value.slice(0, slash));
  if (!httpPath.test(value.slice(slash + 1)))
    errors.push(patternMessage('Invalid path', "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"));
  return errors;
}
const httpPath = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** A URL path in a rule: absolute, without `//`, `/./`, `/../` and their escapes. */
export function isHttpPath(value: string): string[] {
  if (!value.startsWith('/')) return ['must be an absolute path'];
  const errors: string[] = [];
  for (const part of ['//', '/./', '/../', '%2f', '%2F'])
    if (value.includes(part)) errors.push(`must not contain '${part}'`);
  for (const ending of ['/..', '/.'])
    if (value.endsWith(ending)) errors.push(`cannot end with '${ending}'`);
  return errors;
}

export type NameKind = 'dns-subdomain' | 'dns-label' | 'dns1035-label' | 'path-segment';

const nameKinds: Readonly<Record<NameKind, NameCheck>> = {
  'dns-subdomain': isDns1123Subdomain,
  'dns-label': isDns1123Label,
  'dns1035-label': isDns1035Label,
  'path-segment': isPathSegment,
};

/** Checks an object's name, or a generateName (`isPrefix`), which may end in a dash. */
export function checkName(value: string, kind: NameKind, isPrefix = false): string[] {
  if (!isPrefix) return nameKinds[kind](value);
  if (kind === 'path-segment') return isPathSegmentPrefix(value);
  const masked = value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value;
  return nameKinds[kind](masked);
}
