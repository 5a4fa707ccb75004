// Which flow schema and priority level a request is told to belong to (KEP-1040), by its user's groups as the default schemas
// match them. Those objects are seeded with the uids given here, so that naming them costs a request no look-up.
import type { UserInfo } from './user-info.js';

export interface Flow {
  readonly schema: string;
  readonly level: string;
  readonly schemaUid: string;
  readonly levelUid: string;
}

const exempt: Flow = {
  schema: 'exempt',
  level: 'exempt',
  schemaUid: '7f4e4ced-3791-4d49-83ca-d83aca81ee25',
  levelUid: '6ef4e560-bbf6-49d8-bfc7-9b00797969a0',
};
const nodes: Flow = {
  schema: 'system-nodes',
  level: 'system',
  schemaUid: 'd2e89389-45b9-4ca6-b123-2f29fee97407',
  levelUid: 'b6711a89-b9c9-495b-8c34-c37daa82aa64',
};
const serviceAccounts: Flow = {
  schema: 'service-accounts',
  level: 'workload-low',
  schemaUid: '03f20d1a-b3bc-499c-8a06-f3f6a5e5fba6',
  levelUid: 'af466200-dbe9-4a3a-97ea-c182ab137373',
};
const others: Flow = {
  schema: 'global-default',
  level: 'global-default',
  schemaUid: 'd339b99f-b39a-4f2b-bc93-0abebac6dc46',
  levelUid: '560f63ab-2152-4aff-9f90-e1f5ad29a6de',
};

export const flows: readonly Flow[] = [exempt, nodes, serviceAccounts, others];

export function flowOf({ groups }: UserInfo): Flow {
  if (groups.includes('system:masters')) return exempt;
  if (groups.includes('system:nodes')) return nodes;
  return groups.includes('system:serviceaccounts') ? serviceAccounts : others;
}
