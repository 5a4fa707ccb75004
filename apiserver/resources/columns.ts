// The columns of every built-in kind: one table from group to plural to columns. Cells are in columns/.
import type { JsonObject } from '../object/kube-object.js';
import { plainColumns } from './columns/cells.js';
import {
  admissionColumns,
  certificateColumns,
  coordinationColumns,
  flowColumns,
  nodeGroupColumns,
  rbacColumns,
  registrationColumns,
  schedulingColumns,
} from './columns/control.js';
import { coreColumns, eventColumns } from './columns/core.js';
import { discoveryColumns, networkingColumns, serviceColumns } from './columns/network.js';
import { deviceColumns, storageColumns, volumeColumns } from './columns/storage.js';
import { appsColumns, batchColumns, policyColumns, scalerColumns } from './columns/workloads.js';
import { scalerFromV1 } from './conversions/scaler.js';
import type { Column } from './resource.js';

export { podRowConditions } from './columns/pod.js';
export { scaleColumns } from './columns/workloads.js';

type ColumnTable = Readonly<Record<string, readonly Column[]>>;

const byGroup: Readonly<Record<string, ColumnTable>> = {
  '': { ...coreColumns, ...serviceColumns, ...volumeColumns },
  'admissionregistration.k8s.io': admissionColumns,
  'apiregistration.k8s.io': registrationColumns,
  apps: appsColumns,
  autoscaling: { horizontalpodautoscalers: scalerColumns },
  batch: batchColumns,
  'certificates.k8s.io': certificateColumns,
  'coordination.k8s.io': coordinationColumns,
  'discovery.k8s.io': discoveryColumns,
  'events.k8s.io': { events: eventColumns },
  'flowcontrol.apiserver.k8s.io': flowColumns,
  'networking.k8s.io': networkingColumns,
  'node.k8s.io': nodeGroupColumns,
  policy: policyColumns,
  'rbac.authorization.k8s.io': rbacColumns,
  'resource.k8s.io': deviceColumns,
  'scheduling.k8s.io': schedulingColumns,
  'storage.k8s.io': storageColumns,
};

/** NAME and CREATED AT for kinds that have no columns of their own. */
export function columnsOf(group: string, version: string, plural: string): readonly Column[] {
  const columns = byGroup[group]?.[plural] ?? plainColumns;
  if (group !== 'autoscaling' || version !== 'v1') return columns;
  return columns.map((column) => ({
    ...column,
    cell: (object: JsonObject, nowMs: number) => column.cell(scalerFromV1(object), nowMs),
  }));
}
