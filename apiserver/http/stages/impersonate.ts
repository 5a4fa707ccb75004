// impersonate: Impersonate-User, -Group, -Uid and -Extra-* headers make a request count as another user's,
// if the real one may impersonate each of them (apiserver's WithImpersonation).
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../../object/api-error.js';
import {
  authenticatedGroup,
  mastersGroup,
  unauthenticatedGroup,
  type Attributes,
  type Authorizer,
} from '../../auth/authorizer.js';
import { anonymous, type UserInfo } from '../../auth/user-info.js';
import { refusal } from './authorize.js';
import type { Call } from '../call.js';
import type { Stage } from '../pipeline.js';

const headerPrefix = 'impersonate-';
const userHeader = 'impersonate-user';
const groupHeader = 'impersonate-group';
const uidHeader = 'impersonate-uid';
const extraPrefix = 'impersonate-extra-';

export const impersonate =
  (authorizer: Authorizer): Stage =>
  (call, next) => {
    if (!mentionsImpersonation(call.request.headers)) return next();
    return actAs(authorizer, call).then(next);
  };

/** Nearly no request does, and taking its headers apart costs more than all other stages together. */
function mentionsImpersonation(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(headerPrefix)) return true;
  return false;
}

async function actAs(authorizer: Authorizer, call: Call): Promise<void> {
  const { headers, headersDistinct } = call.request;
  const target = readTarget(headers, headersDistinct);
  if (target === undefined) return;
  for (const attributes of permissionsFor(target, call.user, call.info.path)) {
    if (call.user.groups.includes(mastersGroup)) break;
    const decision = await authorizer.authorize(attributes);
    if (!decision.allowed) throw refusal(attributes, decision.reason);
  }
  call.impersonator = call.user;
  call.user = withImpliedGroups(target);
}

/** `distinct` keeps repeated headers apart, in the order sent. */
function readTarget(
  headers: IncomingHttpHeaders,
  distinct: NodeJS.Dict<string[]>,
): UserInfo | undefined {
  const name = headers[userHeader];
  const groups = distinct[groupHeader] ?? [];
  const uid = distinct[uidHeader]?.[0] ?? '';
  const extra: Record<string, readonly string[]> = {};
  for (const [header, values] of Object.entries(distinct)) {
    if (!header.startsWith(extraPrefix)) continue;
    extra[unescapeKey(header.slice(extraPrefix.length))] = values ?? [];
  }
  if (typeof name === 'string' && name !== '') return { name, uid, groups, extra };
  if (groups.length > 0 || uid !== '' || Object.keys(extra).length > 0) {
    throw badRequest('requested uid, groups or user extra without impersonating a user');
  }
  return undefined;
}

/** Extra keys travel percent-encoded because header names cannot hold every character. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function* permissionsFor(target: UserInfo, user: UserInfo, path: string): Generator<Attributes> {
  const ask = (group: string, plural: string, name: string, subresource = ''): Attributes => ({
    user,
    verb: 'impersonate',
    path,
    resource: { group, version: 'v1', plural, subresource, namespace: '', name },
  });
  const account = serviceAccountOf(target.name);
  if (account === undefined) yield ask('', 'users', target.name);
  else {
    const attributes = ask('', 'serviceaccounts', account.name);
    const resource = attributes.resource && {
      ...attributes.resource,
      namespace: account.namespace,
    };
    yield { ...attributes, resource };
  }
  for (const group of target.groups) yield ask('', 'groups', group);
  if (target.uid !== '') yield ask('authentication.k8s.io', 'uids', target.uid);
  for (const [key, values] of Object.entries(target.extra)) {
    for (const value of values) yield ask('authentication.k8s.io', 'userextras', value, key);
  }
}

function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Everybody belongs to one of the two groups that tell authenticated users from anonymous ones. */
function withImpliedGroups(target: UserInfo): UserInfo {
  const groups = [...target.groups];
  const account = serviceAccountOf(target.name);
  if (groups.length === 0 && account !== undefined) {
    groups.push('system:serviceaccounts', `system:serviceaccounts:${account.namespace}`);
  }
  const implied = target.name === anonymous.name ? unauthenticatedGroup : authenticatedGroup;
  if (!groups.includes(implied) && !groups.includes(unauthenticatedGroup)) groups.push(implied);
  return { ...target, groups };
}
