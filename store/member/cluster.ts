// Cluster: etcd's Cluster API on one member. Whichever member is asked, the leader decides, one change at a time: it alone
// knows who is up (reconfiguration.ts) and how far a learner is. What it did comes back as the list of all members.
import { StoreError } from '../errors.js';
import { encodeMember } from '../mvcc/members.js';
import type { Caller, ClusterAdmin, MemberInfo } from '../node.js';
import type { ConfChange } from '../raft/message.js';
import { memberIdOf } from '../replica/identity.js';
import type { PeerReply, PeerRequest } from '../replica/peer-request.js';
import type { MemberParts } from './member-parts.js';
import {
  checkAdd,
  checkedPeerUrls,
  checkPromote,
  checkRemove,
  type Health,
} from './reconfiguration.js';

type MembersReply = PeerReply & { readonly type: 'members' };

export class Cluster implements ClusterAdmin {
  readonly #parts: MemberParts;
  /** Changes this member makes as leader, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  async members(linearizable: boolean, caller?: Caller): Promise<readonly MemberInfo[]> {
    const { replica, machine } = this.#parts;
    this.#refuseAsLearner();
    if (linearizable) await replica.confirmRead();
    machine.auth.checkLogin(caller);
    return machine.members.list();
  }

  async addMember(
    peerUrls: readonly string[],
    isLearner: boolean,
    caller?: Caller,
  ): Promise<{ readonly member: MemberInfo; readonly members: readonly MemberInfo[] }> {
    const urls = checkedPeerUrls(peerUrls);
    const { members, added } = await this.#change(
      { type: 'member-add', peerUrls: urls, isLearner },
      caller,
    );
    const member = members.find(({ id }) => id === added);
    if (!member) throw new Error('the leader told no new member');
    return { member, members };
  }

  async removeMember(id: bigint, caller?: Caller): Promise<readonly MemberInfo[]> {
    return (await this.#change({ type: 'member-remove', id }, caller)).members;
  }

  async updateMember(
    id: bigint,
    peerUrls: readonly string[],
    caller?: Caller,
  ): Promise<readonly MemberInfo[]> {
    const urls = checkedPeerUrls(peerUrls);
    return (await this.#change({ type: 'member-update', id, peerUrls: urls }, caller)).members;
  }

  async promoteMember(id: bigint, caller?: Caller): Promise<readonly MemberInfo[]> {
    return (await this.#change({ type: 'member-promote', id }, caller)).members;
  }

  async moveLeader(target: bigint, caller?: Caller): Promise<void> {
    const { replica, machine } = this.#parts;
    this.#refuseAsLearner();
    machine.auth.checkAdmin(caller);
    await replica.transferLeader(target);
  }

  /** As leader, for any member. Throws StoreError; 'not-leader' when another leads. */
  answer(request: PeerRequest): Promise<PeerReply> {
    if (request.type === 'members') return Promise.resolve(this.#list());
    const result = this.#last.then(() => this.#run(request));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #change(request: PeerRequest, caller: Caller | undefined): Promise<MembersReply> {
    this.#refuseAsLearner();
    this.#parts.machine.auth.checkAdmin(caller);
    const reply = await this.#parts.leadership.ask(request);
    if (reply.type !== 'members') throw new Error(`expected members, got ${reply.type}`);
    return reply;
  }

  async #run(request: PeerRequest): Promise<PeerReply> {
    if (!this.#parts.replica.isLeader) throw new StoreError('not-leader');
    switch (request.type) {
      case 'member-add':
        return this.#add(request.peerUrls, request.isLearner);
      case 'member-remove':
        return this.#remove(request.id);
      case 'member-promote':
        return this.#promote(request.id);
      case 'member-update': {
        await this.#parts.writer.write(request, 'member');
        return this.#list();
      }
      default:
        throw new Error(`not about members: ${request.type}`);
    }
  }

  async #add(peerUrls: readonly string[], isLearner: boolean): Promise<PeerReply> {
    const { machine, clock, clusterToken, isReconfigStrict } = this.#parts;
    const { members } = machine;
    members.checkPeerUrls(peerUrls);
    const addedAtSeconds = Math.floor(clock.now() / 1000);
    const id = memberIdOf(peerUrls, clusterToken, addedAtSeconds);
    if (members.get(id) || members.removed.includes(id)) throw new StoreError('member-exists');
    if (isReconfigStrict) checkAdd(members.list(), isLearner, this.#health());
    const told = encodeMember({ id, name: '', peerUrls, clientUrls: [], isLearner });
    await this.#propose({
      type: isLearner ? 'add-learner' : 'add-voter',
      member: id,
      context: told,
    });
    return { ...this.#list(), added: id };
  }

  async #remove(id: bigint): Promise<PeerReply> {
    const members = this.#parts.machine.members.list();
    if (!members.some((member) => member.id === id)) throw new StoreError('member-not-found');
    if (this.#parts.isReconfigStrict) checkRemove(members, id, this.#health());
    await this.#propose({ type: 'remove', member: id, context: new Uint8Array(0) });
    return this.#list();
  }

  async #promote(id: bigint): Promise<PeerReply> {
    const { machine, replica } = this.#parts;
    const learner = replica.progress().find(({ member }) => member === id);
    const match = learner && { learner: learner.match, leader: replica.commitIndex };
    checkPromote(machine.members.list(), id, match);
    await this.#propose({ type: 'add-voter', member: id, context: new Uint8Array(0) });
    return this.#list();
  }

  async #propose(change: ConfChange): Promise<void> {
    const { replica } = this.#parts;
    try {
      await replica.proposeConfChange(change);
    } catch (error) {
      // A change of the leader before was still under way. All it had begun is applied after a confirmed read.
      if (!(error instanceof StoreError) || error.code !== 'too-many-requests') throw error;
      await replica.confirmRead();
      await replica.proposeConfChange(change);
    }
  }

  #list(): MembersReply {
    const { machine, clusterId } = this.#parts;
    return { type: 'members', clusterId, members: machine.members.list() };
  }

  #health(): Health {
    const { memberId, transport, clock } = this.#parts;
    return {
      self: memberId,
      connectedForMs: (id) => {
        const since = transport.activeSince(id);
        return since === undefined ? undefined : clock.monotonic() - since;
      },
    };
  }

  #refuseAsLearner(): void {
    if (this.#parts.replica.isLearner) throw new StoreError('learner-unsupported');
  }
}
