// Virtual resources: a POST is a question, its answer is the same object with a status, and nothing is stored.
import { badRequest, methodNotSupported, notFound } from '../object/api-error.js';
import { invalid, invalidObject } from '../object/field-error.js';
import { stringifyJson } from '../object/json.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../object/kube-object.js';
import type { Attributes } from '../auth/authorizer.js';
import type { UserInfo } from '../auth/user-info.js';
import { writeParameters } from './query-options.js';
import { ownKind, readBody, settleNamespace } from './read-body.js';
import type { RestCall, RestReply } from './rest-call.js';
import { cacheOf, type RestDeps } from './rest-deps.js';
import { bindByBody } from './subresources/binding.js';

type Answer = (rest: RestDeps, call: RestCall, spec: JsonObject) => Promise<JsonObject>;

const answers: Readonly<Record<string, Answer>> = {
  selfsubjectreviews: (_rest, call) => Promise.resolve({ userInfo: userJson(call.user) }),
  tokenreviews: reviewToken,
  selfsubjectaccessreviews: (rest, call, spec) => reviewAccess(rest, spec, call.user),
  subjectaccessreviews: (rest, _call, spec) => reviewAccess(rest, spec, subjectOf(spec)),
  localsubjectaccessreviews: (rest, call, spec) => {
    checkLocal(call, spec);
    return reviewAccess(rest, spec, subjectOf(spec));
  },
  selfsubjectrulesreviews: reviewRules,
};

export async function review(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, verb } = call;
  if (resource.plural === 'componentstatuses') return noComponents(rest, call);
  if (verb !== 'create') throw methodNotSupported(resource, verb);
  if (resource.plural === 'bindings') {
    const pods = rest.catalog.find('', 'v1', 'pods');
    if (pods === undefined) throw methodNotSupported(resource, verb);
    return bindByBody(rest, call, pods);
  }
  const answer = answers[resource.plural];
  if (answer === undefined) throw methodNotSupported(resource, verb);
  const { fieldValidation } = writeParameters(call.query, 'CreateOptions');
  const question = readBody(rest, call, ownKind(resource), fieldValidation);
  if (resource.scope === 'Namespaced') settleNamespace(call, question);
  const spec = isJsonObject(question['spec']) ? question['spec'] : {};
  return reply(question, await answer(rest, call, spec));
}

function reply({ kind, apiVersion, metadata, ...rest }: KubeObject, status: JsonObject): RestReply {
  const object = { kind, apiVersion, metadata, ...rest, status };
  const bytes = new TextEncoder().encode(stringifyJson(object));
  return { type: 'object', code: 201, entry: { bytes } };
}

/** Deprecated upstream; there are no components to ask. */
async function noComponents(
  rest: RestDeps,
  { verb, resource, name = '' }: RestCall,
): Promise<RestReply> {
  if (verb === 'get') throw notFound(resource, name);
  const cache = cacheOf(rest, resource);
  await cache.ready({ type: 'any' });
  return { type: 'list', page: { revision: cache.revision, entries: [] } };
}

function userJson({ name, uid, groups, extra }: UserInfo): JsonObject {
  return {
    username: name,
    ...(uid === '' ? {} : { uid }),
    groups: [...groups],
    ...(Object.keys(extra).length === 0
      ? {}
      : {
          extra: Object.fromEntries(Object.entries(extra).map(([key, list]) => [key, [...list]])),
        }),
  };
}

async function reviewToken(rest: RestDeps, _call: RestCall, spec: JsonObject): Promise<JsonObject> {
  const token = text(spec['token']);
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const user = await rest.userOfToken(token);
  if (user === undefined) {
    return { user: {}, error: '[invalid bearer token, token lookup failed]' };
  }
  const audiences = spec['audiences'];
  return {
    authenticated: true,
    user: userJson(user),
    ...(Array.isArray(audiences) && audiences.length > 0 ? { audiences } : {}),
  };
}

async function reviewAccess(rest: RestDeps, spec: JsonObject, user: UserInfo): Promise<JsonObject> {
  const decision = await rest.authorizer.authorize(attributesOf(spec, user));
  return {
    allowed: decision.allowed,
    ...(decision.reason === '' ? {} : { reason: decision.reason }),
  };
}

function attributesOf(spec: JsonObject, user: UserInfo): Attributes {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if (isJsonObject(resource) === isJsonObject(path)) throw notExactlyOne(spec);
  if (isJsonObject(path)) {
    return { user, verb: text(path['verb']), resource: undefined, path: text(path['path']) };
  }
  const asked = isJsonObject(resource) ? resource : {};
  return {
    user,
    verb: text(asked['verb']),
    resource: {
      group: text(asked['group']),
      version: text(asked['version']),
      plural: text(asked['resource']),
      subresource: text(asked['subresource']),
      namespace: text(asked['namespace']),
      name: text(asked['name']),
    },
    path: '',
  };
}

function notExactlyOne(spec: JsonObject): Error {
  const both = isJsonObject(spec['resourceAttributes']);
  const why = both
    ? 'cannot be specified in combination with resourceAttributes'
    : 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  const field = both ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes';
  return invalidObject({ group: 'authorization.k8s.io', kind: 'SubjectAccessReview' }, '', [
    invalid(field, spec['nonResourceAttributes'], why),
  ]);
}

function subjectOf(spec: JsonObject): UserInfo {
  const groups = Array.isArray(spec['groups']) ? spec['groups'].map(text) : [];
  const name = text(spec['user']);
  if (name === '' && groups.length === 0) {
    throw invalidObject({ group: 'authorization.k8s.io', kind: 'SubjectAccessReview' }, '', [
      invalid('spec.user', name, 'at least one of user or group must be specified'),
    ]);
  }
  return { name, uid: text(spec['uid']), groups, extra: {} };
}

function checkLocal({ namespace = '' }: RestCall, spec: JsonObject): void {
  const attributes = spec['resourceAttributes'];
  const given = isJsonObject(attributes) ? text(attributes['namespace']) : '';
  if (given === namespace) return;
  throw invalidObject({ group: 'authorization.k8s.io', kind: 'LocalSubjectAccessReview' }, '', [
    invalid('spec.resourceAttributes.namespace', given, `must match metadata.namespace`),
  ]);
}

/** The authorizer answers questions, it does not list rules: everything, or an admittedly incomplete nothing. */
async function reviewRules(rest: RestDeps, call: RestCall, spec: JsonObject): Promise<JsonObject> {
  const everything = { verb: '*', group: '*', resource: '*', namespace: text(spec['namespace']) };
  const { allowed } = await rest.authorizer.authorize(
    attributesOf({ resourceAttributes: everything }, call.user),
  );
  return {
    resourceRules: allowed ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
    nonResourceRules: allowed ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [],
    incomplete: !allowed,
  };
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
