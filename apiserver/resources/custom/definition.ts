// CustomDefinition: a CustomResourceDefinition object read once into the shape the rest of custom/ works with.
// What is absent reads as Go's zero value; the strategy has validated the object before it was stored.
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import type { ScalePaths } from '../resource.js';
import {
  child,
  children,
  descend,
  flag,
  integer,
  optionalText,
  text,
  texts,
} from '../strategies/fields.js';

export interface CustomNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export interface CustomColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

export interface CustomVersion {
  readonly name: string;
  readonly isServed: boolean;
  readonly isStorage: boolean;
  readonly isDeprecated: boolean;
  readonly deprecationWarning: string | undefined;
  readonly schema: SchemaNode | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly columns: readonly CustomColumn[];
  /** Paths with a leading dot. */
  readonly selectableFields: readonly string[];
}

export interface CustomDefinition {
  readonly name: string;
  readonly group: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly names: CustomNames;
  readonly acceptedNames: CustomNames;
  readonly versions: readonly CustomVersion[];
  readonly conversion: 'None' | 'Webhook';
  readonly generation: number;
  readonly isEstablished: boolean;
  readonly isTerminating: boolean;
}

export function readDefinition(object: KubeObject): CustomDefinition {
  const spec = child(object, 'spec');
  return {
    name: object.metadata.name ?? '',
    group: text(spec, 'group'),
    scope: text(spec, 'scope') === 'Cluster' ? 'Cluster' : 'Namespaced',
    names: readNames(child(spec, 'names')),
    acceptedNames: readNames(descend(object, 'status', 'acceptedNames')),
    versions: children(spec, 'versions').map(readVersion),
    conversion: text(child(spec, 'conversion'), 'strategy') === 'Webhook' ? 'Webhook' : 'None',
    generation: object.metadata.generation ?? 0,
    isEstablished: isConditionTrue(object, 'Established'),
    isTerminating: object.metadata.deletionTimestamp !== undefined,
  };
}

export const readNames = (names: JsonObject | undefined): CustomNames => ({
  plural: text(names, 'plural'),
  singular: text(names, 'singular'),
  kind: text(names, 'kind'),
  listKind: text(names, 'listKind'),
  shortNames: texts(names, 'shortNames'),
  categories: texts(names, 'categories'),
});

export const isConditionTrue = (object: KubeObject, type: string): boolean =>
  text(conditionOf(object, type), 'status') === 'True';

export const conditionOf = (object: KubeObject, type: string): JsonObject | undefined =>
  children(child(object, 'status'), 'conditions').find(
    (condition) => text(condition, 'type') === type,
  );

function readVersion(version: JsonObject): CustomVersion {
  const subresources = child(version, 'subresources');
  // as: JSON by the shape of JSONSchemaProps, which is SchemaNode's.
  const schema = descend(version, 'schema', 'openAPIV3Schema') as SchemaNode | undefined;
  return {
    name: text(version, 'name'),
    isServed: flag(version, 'served'),
    isStorage: flag(version, 'storage'),
    isDeprecated: flag(version, 'deprecated'),
    deprecationWarning: optionalText(version, 'deprecationWarning'),
    schema,
    hasStatus: child(subresources, 'status') !== undefined,
    scale: readScale(child(subresources, 'scale')),
    columns: children(version, 'additionalPrinterColumns').map((column) => ({
      name: text(column, 'name'),
      type: text(column, 'type'),
      format: text(column, 'format'),
      description: text(column, 'description'),
      priority: integer(column, 'priority'),
      jsonPath: text(column, 'jsonPath'),
    })),
    selectableFields: children(version, 'selectableFields').map((field) => text(field, 'jsonPath')),
  };
}

function readScale(scale: JsonObject | undefined): ScalePaths | undefined {
  if (scale === undefined) return undefined;
  const labelSelectorPath = text(scale, 'labelSelectorPath');
  return {
    specReplicasPath: text(scale, 'specReplicasPath'),
    statusReplicasPath: text(scale, 'statusReplicasPath'),
    labelSelectorPath: labelSelectorPath === '' ? undefined : labelSelectorPath,
  };
}
