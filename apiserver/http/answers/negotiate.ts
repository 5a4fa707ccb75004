// Negotiation of the answer's form from Accept (apiserver's negotiation package over goautoneg): clauses in
// order of q, the first one that can be served wins, none is 406. Protobuf is not served, so clients that
// prefer it fall through to their next clause.
import { notAcceptable } from '../../object/api-error.js';

export type Format = 'json' | 'yaml';

/** What an object or list is turned into before it is written. */
export type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface MediaChoice {
  readonly format: Format;
  /** Undefined: the object itself. */
  readonly as: Transform | undefined;
  /** Version of meta.k8s.io the transformed object carries. */
  readonly version: 'v1' | 'v1beta1';
  readonly pretty: boolean;
}

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
  readonly parameters: Readonly<Record<string, string>>;
}

const servable = ['application/json', 'application/yaml'];
const plainJson: MediaChoice = { format: 'json', as: undefined, version: 'v1', pretty: false };
const acceptBytesMax = 4096;

/** Clients send one of a few headers over and over. */
const choicesKept = 256;

export class Negotiator {
  readonly #choices = new Map<string, MediaChoice | undefined>();

  /** `tables`: whether the resource can be shown as one. Throws 406. */
  choose(accept: string | undefined, tables: boolean): MediaChoice {
    if (accept === undefined || accept === '' || accept === 'application/json') return plainJson;
    const key = tables ? accept : ` ${accept}`;
    let choice = this.#choices.get(key);
    if (choice === undefined && !this.#choices.has(key)) {
      choice = negotiate(accept, tables);
      if (this.#choices.size >= choicesKept) this.#choices.clear();
      if (accept.length <= acceptBytesMax) this.#choices.set(key, choice);
    }
    if (choice === undefined) throw notAcceptable(servable);
    return choice;
  }
}

export function negotiate(accept: string, tables: boolean): MediaChoice | undefined {
  for (const clause of clausesOf(accept)) {
    const format = formatOf(clause);
    const choice = format && choiceOf(clause, format, tables);
    if (choice) return choice;
  }
  return undefined;
}

/** Errors must get through: what cannot be negotiated is JSON. */
export function negotiateStatus(accept: string | undefined): Format {
  if (accept?.includes('yaml') !== true) return 'json';
  for (const clause of clausesOf(accept)) {
    const format = formatOf(clause);
    if (format !== undefined) return format;
  }
  return 'json';
}

/** By q, then types before wildcards, else as sent. */
export function clausesOf(accept: string): Clause[] {
  const clauses = accept
    .split(',')
    .map(parseClause)
    .filter((clause) => clause !== undefined);
  const rank = (clause: Clause): number =>
    (clause.type === '*' ? 2 : 0) + (clause.subtype === '*' ? 1 : 0);
  return clauses.sort((a, b) => b.q - a.q || rank(a) - rank(b));
}

function parseClause(text: string): Clause | undefined {
  const [range = '', ...rest] = text.split(';').map((part) => part.trim());
  const [type = '', subtype = ''] = range.toLowerCase().split('/');
  if (type === '') return undefined;
  const parameters: Record<string, string> = {};
  let q = 1;
  for (const part of rest) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value =
      equals < 0
        ? ''
        : part
            .slice(equals + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1');
    if (name === 'q') q = Number.isNaN(Number(value)) ? 1 : Number(value);
    else if (name !== '' && name !== '__proto__') parameters[name] = value;
  }
  return { type, subtype: subtype === '' ? '*' : subtype, q, parameters };
}

function formatOf({ type, subtype }: Clause): Format | undefined {
  if (type === '*' || (type === 'application' && subtype === '*')) return 'json';
  if (type !== 'application') return undefined;
  if (subtype === 'json') return 'json';
  return subtype === 'yaml' || subtype === 'x-yaml' ? 'yaml' : undefined;
}

function choiceOf(clause: Clause, format: Format, tables: boolean): MediaChoice | undefined {
  const { as, g, v, pretty, stream } = clause.parameters;
  if (stream !== undefined && stream !== '' && stream !== 'watch') return undefined;
  const base = { format, pretty: pretty === '1' };
  if (as === undefined && g === undefined && v === undefined) {
    return { ...base, as: undefined, version: 'v1' };
  }
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  switch (as) {
    case 'Table':
      return tables ? { ...base, as, version: v } : undefined;
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { ...base, as, version: v };
    default:
      return undefined;
  }
}
