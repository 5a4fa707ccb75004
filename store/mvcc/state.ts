// What a state machine holds of one set of tables: read from them whole at the start, and anew when a snapshot from the
// leader has taken their place.
import type { AccessParts } from '../auth/access.js';
import { AuthStore } from '../auth/auth-store.js';
import { SimpleTokens, simpleTokenTtlMsDefault } from '../auth/simple-tokens.js';
import type { Clock } from '../clock.js';
import { Alarms } from './alarms.js';
import {
  Compaction,
  compactionPaceDefault,
  readCompactionMarks,
  type CompactionPace,
} from './compaction.js';
import { Keyspace } from './keyspace.js';
import { Leases } from './leases.js';
import { Members } from './members.js';
import { recentLimitsDefault, type RecentLimits } from './recent-revisions.js';
import { readCounter } from '../tables/counter.js';
import type { Tables, TablesView } from '../tables/tables.js';
import {
  flushLimitsDefault,
  indexKey,
  termKey,
  WriteBuffer,
  type FlushLimits,
} from '../tables/write-buffer.js';

export interface StateOptions {
  readonly clock: Clock;
  readonly flush?: FlushLimits;
  readonly recent?: RecentLimits;
  readonly compaction?: CompactionPace;
  /** How long a login by password lasts unused; it ends with this state (a restart, a snapshot) in any case. */
  readonly tokenTtlMs?: number;
  /** Told how long each commit of the tables took. */
  readonly onCommit?: (seconds: number) => void;
}

export interface State {
  readonly tables: Tables;
  readonly buffer: WriteBuffer;
  readonly keyspace: Keyspace;
  readonly leases: Leases;
  readonly alarms: Alarms;
  readonly members: Members;
  readonly auth: AuthStore;
  readonly access: AccessParts;
  readonly compaction: Compaction;
}

export function loadState(tables: Tables, options: StateOptions): State {
  const { clock } = options;
  const marks = readCompactionMarks(tables);
  const keyspace = new Keyspace(
    tables,
    Math.max(marks.scheduled, marks.finished),
    options.recent ?? recentLimitsDefault,
  );
  const buffer = new WriteBuffer(tables, clock, options.flush ?? flushLimitsDefault, {
    mark: { ...readApplied(tables), revision: keyspace.revision },
    onCommit: (mark, seconds) => {
      keyspace.recent.trim(mark.revision);
      options.onCommit?.(seconds);
    },
  });
  const leases = new Leases(tables, buffer, clock);
  keyspace.connect(buffer, leases);
  const tokens = new SimpleTokens(clock, options.tokenTtlMs ?? simpleTokenTtlMsDefault);
  const auth = new AuthStore(tables, buffer, tokens);
  return {
    tables,
    buffer,
    keyspace,
    leases,
    alarms: new Alarms(tables, buffer),
    members: new Members(tables),
    auth,
    access: { auth, keysOfLease: (id) => leases.keysOf(id) },
    compaction: new Compaction(keyspace, buffer, clock, {
      marks,
      pace: options.compaction ?? compactionPaceDefault,
    }),
  };
}

/** Index and term of the last log entry these rows hold; zeros when there was none. */
export function readApplied(tables: Pick<TablesView, 'get'>): { index: number; term: number } {
  const read = (key: Uint8Array): number => {
    const row = tables.get('meta', key);
    return row === undefined ? 0 : readCounter(row);
  };
  return { index: read(indexKey), term: read(termKey) };
}
