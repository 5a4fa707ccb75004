// Raft's data as one line of text each, for transcripts and failure messages.

import { decodeConfChange } from '../../store/raft/membership.js';
import type { Entry, Membership, Message, Ready } from '../../store/raft/message.js';

export function entryText(entry: Entry): string {
  const at = `${String(entry.term)}/${String(entry.index)}`;
  if (entry.type === 'conf-change') {
    const { type, member } = decodeConfChange(entry.data);
    return `${at} ${type} ${String(member)}`;
  }
  if (entry.data.length === 0) return `${at} ""`;
  if (entry.data.length > 24) return `${at} (${String(entry.data.length)} bytes)`;
  return `${at} "${new TextDecoder().decode(entry.data)}"`;
}

function entriesText(entries: readonly Entry[]): string {
  return `[${entries.map(entryText).join(', ')}]`;
}

export function membershipText({ voters, learners }: Membership): string {
  const text = `voters=(${voters.join(' ')})`;
  return learners.length === 0 ? text : `${text} learners=(${learners.join(' ')})`;
}

export function messageText(message: Message): string {
  const head = `${String(message.from)}->${String(message.to)} ${message.type} term=${String(message.term)}`;
  return [head, bodyText(message)].filter((part) => part !== '').join(' ');
}

function bodyText(message: Message): string {
  switch (message.type) {
    case 'append': {
      const previous = `${String(message.prevTerm)}/${String(message.prevIndex)}`;
      return `after ${previous} commit=${String(message.commit)} ${entriesText(message.entries)}`;
    }
    case 'append-reply':
      if (!message.rejected) return `match=${String(message.index)}`;
      return `rejected=${String(message.index)} hint=${String(message.hintTerm)}/${String(message.hintIndex)}`;
    case 'heartbeat':
      return `commit=${String(message.commit)} round=${String(message.readContext)}`;
    case 'heartbeat-reply':
      return `round=${String(message.readContext)}`;
    case 'vote':
    case 'pre-vote':
      return `last=${String(message.lastTerm)}/${String(message.lastIndex)}${message.transfer ? ' transfer' : ''}`;
    case 'vote-reply':
    case 'pre-vote-reply':
      return message.granted ? 'granted' : 'refused';
    case 'snapshot': {
      const { index, term, membership } = message.snapshot;
      return `at ${String(term)}/${String(index)} ${membershipText(membership)}`;
    }
    case 'timeout-now':
      return '';
    case 'read-index':
      return `context=${String(message.readContext)}`;
    case 'read-index-reply':
      return `context=${String(message.readContext)} index=${String(message.index)}`;
    case 'transfer-leader':
      return `to ${String(message.transferee)}`;
  }
}

/** One line an effect, in the order the driver carries them out. */
export function readyLines(ready: Ready): string[] {
  const lines: string[] = [];
  const { state, save } = ready;
  if (state)
    lines.push(`is ${state.role} term=${String(state.term)} leader=${String(state.leader)}`);
  for (const message of ready.send) lines.push(`send ${messageText(message)}`);
  if (save?.snapshot)
    lines.push(`save snapshot ${String(save.snapshot.term)}/${String(save.snapshot.index)}`);
  if (save && save.entries.length > 0) lines.push(`save ${entriesText(save.entries)}`);
  if (save?.hardState) {
    const { term, vote, commit } = save.hardState;
    lines.push(`save term=${String(term)} vote=${String(vote)} commit=${String(commit)}`);
  }
  for (const message of ready.sendAfterSave) lines.push(`then send ${messageText(message)}`);
  if (ready.apply.length > 0) lines.push(`apply ${entriesText(ready.apply)}`);
  for (const { id, index } of ready.reads)
    lines.push(`read ${String(id)} at index ${String(index)}`);
  for (const id of ready.droppedReads) lines.push(`read ${String(id)} dropped`);
  return lines;
}
