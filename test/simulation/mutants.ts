// Deliberately broken variants of the store. Nothing of them is in the program that ships: each replaces a method in the
// test process. They show that the simulation finds what it is there to find (docs/simulation.md).
import type { Mutant } from './mutants/patch.js';
import { raftMutants } from './mutants/raft-mutants.js';
import { serviceMutants } from './mutants/service-mutants.js';
import { storageMutants } from './mutants/storage-mutants.js';

export const mutants: readonly Mutant[] = [...storageMutants, ...raftMutants, ...serviceMutants];
