// CertificateRequester: who asks for a certificate is what the server knows, never what the request says. Sets
// the requester's identity on a new CertificateSigningRequest; updates keep it.
import { isJsonObject, type JsonObject } from '../object/kube-object.js';
import type { UserInfo } from '../auth/user-info.js';
import type { AdmissionPlugin, AdmissionRequest } from './chain.js';

const members = ['username', 'uid', 'groups', 'extra'] as const;

export const certificateRequester: AdmissionPlugin = {
  name: 'CertificateRequester',
  mutate: ({ operation, resource, subresource, object, oldObject, user }: AdmissionRequest) => {
    if (resource.plural !== 'certificatesigningrequests' || subresource !== undefined) return;
    if (resource.group !== 'certificates.k8s.io' || !isJsonObject(object?.['spec'])) return;
    const spec = object['spec'];
    const old = oldObject?.['spec'];
    if (operation === 'CREATE') settle(spec, identityOf(user));
    else if (operation === 'UPDATE' && isJsonObject(old)) settle(spec, old);
  },
};

function settle(spec: JsonObject, from: JsonObject): void {
  for (const member of members) {
    if (from[member] === undefined) Reflect.deleteProperty(spec, member);
    else spec[member] = from[member];
  }
}

function identityOf({ name, uid, groups, extra }: UserInfo): JsonObject {
  const lists = Object.entries(extra).map(([key, values]): [string, string[]] => [
    key,
    [...values],
  ]);
  return {
    username: name,
    ...(uid === '' ? {} : { uid }),
    groups: [...groups],
    ...(lists.length === 0 ? {} : { extra: Object.fromEntries(lists) }),
  };
}
