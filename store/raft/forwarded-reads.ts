// Reads asked of a member that is not the leader: it asks the leader for the read index, one message for
// all reads of a round. Contexts grow within one start of a process and differ between two (the upper half
// is random), so that an answer to an earlier life is never taken for a fresh one. The leader's side: reads.ts.

import { noMember } from './message.js';
import type { Core } from './core.js';

/** More at once are refused (Ready.droppedReads). */
export const readsWaitingMax = 65_536;

interface Batch {
  readonly context: bigint;
  readonly ids: readonly bigint[];
}

export class ForwardedReads {
  private readonly core: Core;
  private waiting: bigint[] = [];
  private asked: Batch[] = [];
  private askedCount = 0;
  private ticksSinceAsked = 0;
  private context: bigint;

  constructor(core: Core) {
    this.core = core;
    this.context = BigInt(Math.floor(core.config.random() * 2 ** 32)) << 32n;
  }

  add(id: bigint): void {
    const isFull = this.waiting.length + this.askedCount >= readsWaitingMax;
    if (isFull || this.core.leader === noMember) this.core.droppedReads.push(id);
    else this.waiting.push(id);
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    this.context++;
    this.asked.push({ context: this.context, ids: this.waiting });
    this.askedCount += this.waiting.length;
    this.waiting = [];
    this.ask(this.context);
  }

  /** Question or answer may have been lost; asking with the latest context answers all before it. */
  tick(): void {
    const last = this.asked.at(-1);
    if (last === undefined) return;
    this.ticksSinceAsked++;
    if (this.ticksSinceAsked >= this.core.config.heartbeatTicks) this.ask(last.context);
  }

  /** An index the leader confirmed after it got `context` also serves everything asked before. */
  answered(context: bigint, index: number): void {
    const last = this.asked.at(-1);
    if (last === undefined || context > last.context) return;
    while (this.asked[0] !== undefined && this.asked[0].context <= context) {
      for (const id of this.asked[0].ids) this.core.reads.push({ id, index });
      this.askedCount -= this.asked[0].ids.length;
      this.asked.shift();
    }
  }

  drop(): void {
    for (const { ids } of [...this.asked, { ids: this.waiting }])
      for (const id of ids) this.core.droppedReads.push(id);
    this.asked = [];
    this.askedCount = 0;
    this.waiting = [];
  }

  private ask(context: bigint): void {
    this.ticksSinceAsked = 0;
    this.core.sendNow(this.core.leader, { type: 'read-index', readContext: context });
  }
}
