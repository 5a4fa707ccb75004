// FieldSet: a set of field paths, kept in the very form FieldsV1 has on the wire, so that entries nobody touches
// cost nothing. A node without members is itself in the set; one with members is when it has ".":
//   {"f:metadata":{"f:labels":{".":{},"f:app":{}}}} = {.metadata.labels, .metadata.labels.app}
// Invariant: every node leads to a path in the set; elements are canonical (path-element.ts). All operations leave
// their arguments alone and share what they can. The algebra is structured-merge-diff's fieldpath.Set.
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import { canonicalElement, displayPath, fieldElement, sortElements } from './path-element.js';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A set under construction. Nodes it shares with finished sets (grafted ones) are never grown further. */
export interface GrowingSet {
  [element: string]: GrowingSet;
}

export type Path = readonly string[];

const self = '.';
const leaf: FieldSet = Object.freeze({});
export const emptySet: FieldSet = leaf;

/** Deeper sets than any object can be are refused (readFieldSet). */
const depthMax = 1000;

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the path to this node (not a root) is in the set. */
const isMember = (node: FieldSet | undefined): boolean =>
  node !== undefined && (self in node || isEmpty(node));

export function has(set: FieldSet, path: Path): boolean {
  return isMember(nodeAt(set, path));
}

/** What the set says below one element, as a set of its own. */
export function below(set: FieldSet, element: string): FieldSet {
  return set[element] ?? emptySet;
}

export const hasElement = (set: FieldSet, element: string): boolean => isMember(set[element]);

export const childElements = (set: FieldSet): string[] =>
  Object.keys(set).filter((element) => element !== self);

function nodeAt(set: FieldSet, path: Path): FieldSet | undefined {
  let node: FieldSet | undefined = path.length === 0 ? undefined : set;
  for (const element of path) node = node?.[element];
  return node;
}

/** Adds a path; `set` is the caller's own. */
export function insertPath(set: GrowingSet, path: Path): void {
  const node = descend(set, path);
  if (node !== set && !isEmpty(node)) node[self] = {};
}

/** Puts a finished node at a path that has none yet; `set` is the caller's own. */
export function graft(set: GrowingSet, path: Path, node: FieldSet): void {
  const last = path.at(-1);
  if (last === undefined) {
    Object.assign(set, node);
    return;
  }
  const parent = descend(set, path.slice(0, -1), true);
  parent[last] = node;
}

/** Creates what is missing. A leaf that gets its first child stays in the set through ".". */
function descend(set: GrowingSet, path: Path, willGrow = false): GrowingSet {
  let node = set;
  let isNew = true;
  const enter = (): void => {
    if (!isNew && isEmpty(node)) node[self] = {};
  };
  for (const element of path) {
    enter();
    const next = node[element];
    isNew = next === undefined;
    node = node[element] ??= {};
  }
  if (willGrow && node !== set) enter();
  return node;
}

/** A node from its parts; undefined when there is nothing in it. */
function nodeOf(inSet: boolean, children: GrowingSet): FieldSet | undefined {
  if (isEmpty(children)) return inSet ? leaf : undefined;
  return inSet ? { [self]: leaf, ...children } : children;
}

type Combine = (a: FieldSet, b: FieldSet) => FieldSet | undefined;

/** Members of `a`; those also in `b` combined, undefined dropping them. */
function combineShared(
  a: FieldSet,
  b: FieldSet,
  combine: Combine,
  keepOthers: boolean,
): GrowingSet {
  const result: GrowingSet = {};
  for (const element in a) {
    const left = a[element];
    if (element === self || left === undefined) continue;
    const right = b[element];
    const node = right === undefined ? (keepOthers ? left : undefined) : combine(left, right);
    if (node !== undefined) result[element] = node;
  }
  return result;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const result = combineShared(a, b, unionNode, true);
  for (const element in b)
    if (element !== self && !(element in result)) result[element] = b[element] as GrowingSet;
  return result;
}

const unionNode: Combine = (a, b) =>
  a === b ? a : nodeOf(isMember(a) || isMember(b), { ...union(childrenOf(a), childrenOf(b)) });

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combineShared(a, b, intersectNode, false);
}

const intersectNode: Combine = (a, b) =>
  nodeOf(isMember(a) && isMember(b), combineShared(a, b, intersectNode, false));

/** Paths of `a` that are not in `b`; a path above or below one of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  return combineShared(a, b, differenceNode, true);
}

const differenceNode: Combine = (a, b) =>
  nodeOf(isMember(a) && !isMember(b), combineShared(a, b, differenceNode, true));

/** As difference, but a path in `b` takes everything below it along. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  return combineShared(a, b, recursiveNode, true);
}

const recursiveNode: Combine = (a, b) =>
  isMember(b) ? undefined : nodeOf(isMember(a), combineShared(a, b, recursiveNode, true));

/** Only what is at, above or below the paths of `pattern`. */
export function restrict(set: FieldSet, pattern: FieldSet): FieldSet {
  return combineShared(set, pattern, restrictNode, false);
}

const restrictNode: Combine = (node, pattern) =>
  isMember(pattern)
    ? node
    : nodeOf(isMember(node), combineShared(node, pattern, restrictNode, false));

const childrenOf = (node: FieldSet): FieldSet =>
  self in node ? combineShared(node, emptySet, (child) => child, true) : node;

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const elements = Object.keys(a);
  if (elements.length !== Object.keys(b).length) return false;
  return elements.every((element) => {
    const right = b[element];
    return right !== undefined && equalSets(a[element] ?? leaf, right);
  });
}

/** Every path in the set, a level's own before what is deeper, in canonical order. */
export function* pathsOf(set: FieldSet, prefix: Path = []): Generator<Path> {
  const elements = sortElements(childElements(set));
  for (const element of elements) if (isMember(set[element])) yield [...prefix, element];
  for (const element of elements) yield* pathsOf(below(set, element), [...prefix, element]);
}

/** One path a line, for tests and logs. */
export const describeSet = (set: FieldSet): string => [...pathsOf(set)].map(displayPath).join('\n');

/** `spec.replicas` style paths of plain members. */
export function setOfFields(dottedPaths: readonly string[]): FieldSet {
  const set: GrowingSet = {};
  for (const path of dottedPaths) insertPath(set, path.split('.').map(fieldElement));
  return set;
}

/** Most nodes are leaves: they are all this one. */
const wireLeaf: JsonObject = Object.freeze({});

/** The wire form with its elements in the order the real server writes. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  for (const element of sortElements(Object.keys(set))) {
    const node = below(set, element);
    result[element] = isEmpty(node) ? wireLeaf : toFieldsV1(node);
  }
  return result;
}

/** Reads what a client may have written. Throws on malformed elements or anything but nested objects. */
export function readFieldSet(fields: Json | undefined): FieldSet {
  if (fields === undefined || fields === null) return emptySet;
  return readNode(fields, depthMax).children;
}

function readNode(node: Json, depth: number): { children: GrowingSet; inSet: boolean } {
  if (!isJsonObject(node)) throw new Error('fieldsV1 must be nested objects');
  if (depth === 0) throw new Error('fieldsV1 is nested too deeply');
  const children: GrowingSet = {};
  let inSet = false;
  for (const [text, value] of Object.entries(node)) {
    if (value === undefined) continue;
    if (text === self) {
      inSet = true;
      continue;
    }
    const element = canonicalElement(text);
    if (element === undefined) continue;
    const read = readNode(value, depth - 1);
    const child = nodeOf(read.inSet, read.children);
    if (child !== undefined) children[element] = child;
  }
  return { children, inSet: inSet || isEmpty(children) };
}
