// String formats that custom resources' schemas may ask for; a format that is not here is not checked, as upstream.
// Source of the list: kube-openapi's strfmt and apiextensions' supported formats.
import { parseCidr, parseIp } from '../../object/addresses.js';
import { isDns1123Label, isDns1123Subdomain } from '../../object/names.js';
import { parseTime } from '../../object/time.js';

type Check = (text: string) => boolean;

const shape =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const uuid = (version: string, variant = '[0-9a-f]'): Check =>
  shape(
    new RegExp(
      `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`,
      'i',
    ),
  );

const date: Check = (text) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined;

/** Digits of an ISBN, without hyphens and blanks. */
const isbnDigits = (text: string): string => text.replaceAll(/[\s-]/g, '');

function isbn10(text: string): boolean {
  const digits = isbnDigits(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = Array.from(digits).reduce(
    (total, digit, index) => total + (10 - index) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isbn13(text: string): boolean {
  const digits = isbnDigits(text);
  if (!/^\d{13}$/.test(digits)) return false;
  const sum = Array.from(digits).reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return sum % 10 === 0;
}

/** Luhn's check. */
function creditCard(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

function uri(text: string): boolean {
  if (/^\/[^\s]*$/.test(text)) return true;
  return URL.canParse(text);
}

const hostname: Check = (text) =>
  text.length <= 255 &&
  /^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62})(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}))*\.?$/.test(text);

/** Go's durations and those with words: `3h2m`, `5 days`. */
const unit =
  '(?:ns|us|µs|μs|ms|s|m|h|d|w|nanos?|micros?|millis?|sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|wks?)';
const duration = shape(new RegExp(`^(?:0|[+-]?(?:\\d+(?:\\.\\d*)?\\s*${unit}\\s*)+)$`));

const formats: Readonly<Record<string, Check>> = {
  bsonobjectid: shape(/^[0-9a-f]{24}$/i),
  byte: shape(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  cidr: (text) => parseCidr(text) !== undefined,
  creditcard: creditCard,
  date,
  'date-time': (text) => parseTime(text) !== undefined,
  datetime: (text) => parseTime(text) !== undefined,
  duration,
  email: shape(/^[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+$/),
  hexcolor: shape(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i),
  hostname,
  ipv4: (text) => parseIp(text)?.family === 4,
  ipv6: (text) => parseIp(text)?.family === 6,
  isbn: (text) => isbn10(text) || isbn13(text),
  isbn10,
  isbn13,
  'k8s-long-name': (text) => isDns1123Subdomain(text).length === 0,
  'k8s-short-name': (text) => isDns1123Label(text).length === 0,
  mac: shape(/^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})$/i),
  password: () => true,
  rgbcolor: shape(
    /^rgb\(\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*,\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*,\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  ssn: shape(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  uri,
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4', '[89ab]'),
  uuid5: uuid('5', '[89ab]'),
};

/** Undefined: not a format that is checked. */
export const formatCheck = (name: string): Check | undefined =>
  Object.hasOwn(formats, name) ? formats[name] : undefined;
