// Resource requests: finds the row, checks that the URL's form and the method fit it, and hands a RestCall
// to rest/. What comes back is rendered in the form the client accepts.
import { ApiError } from '../object/api-error.js';
import type { Catalog } from '../resources/catalog.js';
import type { Resource, Verb } from '../resources/resource.js';
import type { Rest, RestCall } from '../rest/rest-call.js';
import type { UserInfo } from '../auth/user-info.js';
import { contentTypeOf, readBody } from './body.js';
import { BodyForms, type Body } from './answers/body-forms.js';
import type { Call, Reply } from './call.js';
import { Negotiator } from './answers/negotiate.js';
import { render, type RenderParts } from './answers/render.js';
import type { ResourceInfo } from './stages/request-info.js';
import { warningHeader } from './answers/warning.js';

/** What apiserver says for a path below a served group version that leads nowhere. */
export const noSuchResource = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {
    details: {},
  });

export const noSuchMethod = (): ApiError =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    { details: {} },
  );

const verbs: ReadonlySet<string> = new Set<Verb>([
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]);
const isVerb = (verb: string): verb is Verb => verbs.has(verb);
const writesBody = new Set<Verb>(['create', 'update', 'patch', 'delete', 'deletecollection']);

export class ResourceRoutes {
  readonly #catalog: Catalog;
  readonly #rest: Rest;
  readonly #parts: RenderParts;
  readonly #negotiator = new Negotiator();
  readonly #forms = new BodyForms();

  constructor(catalog: Catalog, rest: Rest, parts: RenderParts) {
    this.#catalog = catalog;
    this.#rest = rest;
    this.#parts = parts;
  }

  async handle(call: Call, info: ResourceInfo): Promise<Reply> {
    const resource = this.#catalog.find(info.group, info.version, info.plural);
    if (resource === undefined) throw noSuchResource();
    const verb = checkForm(resource, info);
    call.isServed = true;
    const media = this.#negotiator.choose(call.request.headers.accept, !resource.virtual);
    const sent = writesBody.has(verb) ? await readBody(call) : noBody;
    const body = this.#forms.read(sent, contentTypeOf(call));
    if (verb === 'watch') this.#countWatch(call, resource);
    const reply = await this.#rest.handle(new HttpRestCall(call, info, resource, verb, body));
    const subresource = info.subresource === '' ? undefined : info.subresource;
    return render(call, reply, { resource, subresource, media }, this.#parts);
  }

  #countWatch(call: Call, { group, version, plural }: Resource): void {
    const { longRunning } = this.#parts.metrics;
    const key = `${group}/${version}/${plural}`;
    longRunning.set(key, (longRunning.get(key) ?? 0) + 1);
    call.onFinish(() => {
      longRunning.set(key, (longRunning.get(key) ?? 1) - 1);
    });
  }
}

const noBody = new Uint8Array(0);

/** The verb, if this resource has it in this place. Order of the checks as a router's: path, then method. */
function checkForm(resource: Resource, info: ResourceInfo): Verb {
  const { plural, namespace, name, subresource, rest } = info;
  const isNamespaced = resource.scope === 'Namespaced';
  const ownNamespace = plural === 'namespaces' && resource.group === '';
  if (namespace !== '' && !isNamespaced && !ownNamespace) throw noSuchResource();
  if (name !== '' && namespace === '' && isNamespaced && info.verb !== 'watch') {
    throw noSuchResource();
  }
  if (rest.length > 0 && subresource !== 'proxy') throw noSuchResource();
  if (subresource !== '') return subresourceVerb(resource, info);
  // Across all namespaces one can only look.
  const looks = info.verb === 'list' || info.verb === 'watch';
  if (isNamespaced && namespace === '' && !looks && !resource.virtual) throw noSuchMethod();
  if (name !== '' && info.verb === 'create') throw noSuchMethod();
  if (name === '' && (info.verb === 'update' || info.verb === 'patch')) throw noSuchMethod();
  if (!isVerb(info.verb) || !resource.verbs.includes(info.verb)) throw noSuchMethod();
  return info.verb;
}

function subresourceVerb(resource: Resource, info: ResourceInfo): Verb {
  const subresource = Object.hasOwn(resource.subresources, info.subresource)
    ? resource.subresources[info.subresource]
    : undefined;
  if (subresource === undefined) throw noSuchResource();
  const { verb } = info;
  if (!isVerb(verb)) throw noSuchMethod();
  const served: readonly string[] = subresource.verbs;
  if (!served.includes('connect') && !served.includes(verb)) throw noSuchMethod();
  return verb;
}

/** A RestCall over a Call: what few verbs need is computed when they ask. */
class HttpRestCall implements RestCall {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly #call: Call;
  #query: URLSearchParams | undefined;

  constructor(call: Call, info: ResourceInfo, resource: Resource, verb: Verb, body: Body) {
    const { subresource, namespace, name } = info;
    this.verb = verb;
    this.resource = resource;
    this.subresource = subresource === '' ? undefined : subresource;
    this.namespace = namespace === '' || resource.scope === 'Cluster' ? undefined : namespace;
    this.name = name === '' ? undefined : name;
    this.body = body.bytes;
    this.contentType = body.contentType;
    this.#call = call;
  }

  get query(): URLSearchParams {
    this.#query ??= this.verb === 'watch' ? withNameSelector(this) : this.#call.query;
    return this.#query;
  }

  /** For withNameSelector. */
  get sentQuery(): URLSearchParams {
    return this.#call.query;
  }

  get user(): UserInfo {
    return this.#call.user;
  }

  get userAgent(): string {
    const { userAgent } = this.#call;
    const slash = userAgent.indexOf('/');
    return slash < 0 ? userAgent : userAgent.slice(0, slash);
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get warn(): (text: string) => void {
    return (text) => {
      const header = warningHeader(text, this.#call.warnings);
      if (header !== undefined) this.#call.warnings.push(header);
    };
  }
}

/** The old form /watch/.../NAME is a watch of the collection with a field selector. */
function withNameSelector({ name, sentQuery }: HttpRestCall): URLSearchParams {
  if (name === undefined) return sentQuery;
  const query = new URLSearchParams(sentQuery);
  const given = query.get('fieldSelector') ?? '';
  query.set('fieldSelector', `${given}${given === '' ? '' : ','}metadata.name=${name}`);
  return query;
}
