// Bootstrap: how a member without data begins: as one of the founders of a new cluster, or as one that was added to a
// running cluster. Rules and words are etcd's: the flags of all founders must agree, as ids are derived from them; who
// joins is told its id by the others; and who lost its data may not come back as the member it was, since it would have
// forgotten its votes (etcd: "has already been bootstrapped").
import { StoreError } from '../errors.js';
import { memberRow } from '../mvcc/members.js';
import type { MemberInfo } from '../node.js';
import { clusterIdOf, memberIdOf } from '../replica/identity.js';
import type { ReplicaStart } from '../replica/parts.js';
import type { Transport } from '../replica/transport.js';

/** What the flags say does not fit, or not with what the other members say. */
export class BootstrapError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BootstrapError';
  }
}

export interface BootstrapPlan {
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly clusterToken: string;
}

const askTimeoutMs = 1_000;

/** Errors: BootstrapError. Asks the other members, when there are any, whether this one has been here before. */
export async function foundCluster(
  plan: BootstrapPlan,
  transport: Transport,
): Promise<ReplicaStart> {
  checkPlan(plan);
  const members = [...plan.initialCluster].map(([name, urls]): MemberInfo => {
    const peerUrls = urls.toSorted();
    const id = memberIdOf(peerUrls, plan.clusterToken);
    return { id, name, peerUrls, clientUrls: [], isLearner: false };
  });
  const voters = members.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1));
  const self = members.find(({ name }) => name === plan.name);
  if (!self) throw new BootstrapError(`there is no ${plan.name} in the initial cluster`);
  const others = members.filter((member) => member !== self);
  const known = await Promise.allSettled(
    others.flatMap(({ peerUrls }) => peerUrls).map((url) => membersAt(transport, url)),
  );
  for (const answer of known) {
    if (answer.status === 'rejected') continue; // not started yet, like this one
    const own = answer.value.members.find(({ id }) => id === self.id);
    if (own && own.clientUrls.length > 0)
      throw new BootstrapError(
        `member ${self.id.toString(16)} has already been bootstrapped: remove it and add it anew`,
      );
  }
  return {
    type: 'found',
    identity: { memberId: self.id, clusterId: clusterIdOf(voters) },
    voters,
    rows: members.map(memberRow),
  };
}

/** Errors: BootstrapError. The others must have added this one already (`member add`). */
export async function joinCluster(
  plan: BootstrapPlan,
  transport: Transport,
): Promise<{ readonly start: ReplicaStart; readonly members: readonly MemberInfo[] }> {
  checkPlan(plan);
  const { clusterId, members } = await membersAmong(plan, transport);
  const self = matchMembers(plan, members);
  if (self.name !== '')
    throw new BootstrapError(
      `member ${self.id.toString(16)} has already been bootstrapped: remove it and add it anew`,
    );
  return { start: { type: 'join', identity: { memberId: self.id, clusterId } }, members };
}

/** What the first of the others says that answers. Errors: BootstrapError. */
export async function membersAmong(
  plan: BootstrapPlan,
  transport: Transport,
): Promise<{ readonly clusterId: bigint; readonly members: readonly MemberInfo[] }> {
  const otherUrls = [...plan.initialCluster]
    .filter(([name]) => name !== plan.name)
    .flatMap(([, urls]) => urls);
  const reasons: string[] = [];
  for (const url of otherUrls) {
    try {
      const answer = await membersAt(transport, url);
      // One that has joined itself and knows nobody yet has nothing to say.
      if (answer.members.length > 0) return answer;
    } catch (error) {
      reasons.push(`${url}: ${String(error)}`);
    }
  }
  throw new BootstrapError(
    `cannot fetch the members of the cluster from the peers: ${reasons.join('; ') || 'none is named'}`,
  );
}

/** A member that has data, or none to ask: its log says who it is. */
export function resume(plan: BootstrapPlan): ReplicaStart {
  const memberId = memberIdOf(plan.peerUrls, plan.clusterToken);
  const voters = [memberId];
  const identity = { memberId, clusterId: clusterIdOf(voters) };
  return { type: 'found', identity, voters, rows: [] };
}

async function membersAt(
  transport: Transport,
  url: string,
): Promise<{ readonly clusterId: bigint; readonly members: readonly MemberInfo[] }> {
  const answer = await transport.askUrl(url, { type: 'members' }, askTimeoutMs);
  if (answer.type !== 'members') throw new StoreError('unhealthy');
  return answer;
}

/** etcd's checks of the flags, in its order. */
function checkPlan({ name, peerUrls, initialCluster }: BootstrapPlan): void {
  const own = initialCluster.get(name);
  if (!own)
    throw new BootstrapError(
      `couldn't find local name ${JSON.stringify(name)} in the initial cluster configuration`,
    );
  const seen = new Set<string>();
  for (const url of [...initialCluster.values()].flat()) {
    if (seen.has(url)) throw new BootstrapError(`${url} is in the initial cluster twice`);
    seen.add(url);
  }
  if (!isSame(own, peerUrls))
    throw new BootstrapError(
      `the initial cluster has ${name}=${own.join(',')} but this member advertises ${peerUrls.join(',')}`,
    );
}

/** The member this one is: by its URLs. Both sides must tell of the same members. */
function matchMembers(plan: BootstrapPlan, members: readonly MemberInfo[]): MemberInfo {
  if (members.length !== plan.initialCluster.size)
    throw new BootstrapError(
      `member count is unequal: the initial cluster names ${plan.initialCluster.size}, the cluster has ${members.length}`,
    );
  for (const [name, urls] of plan.initialCluster)
    if (!members.some((member) => isSame(member.peerUrls, urls)))
      throw new BootstrapError(
        `the cluster has no member with the peer URLs of ${name}: ${urls.join(',')}`,
      );
  const self = members.find((member) => isSame(member.peerUrls, plan.peerUrls));
  if (!self)
    throw new BootstrapError(
      `the cluster has no member at ${plan.peerUrls.join(',')}: add it first`,
    );
  return self;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  const sorted = b.toSorted();
  return a.length === b.length && a.toSorted().every((url, i) => url === sorted[i]);
}
