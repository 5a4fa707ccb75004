// How a case of the contract is registered: as a test, or as one that is known to fail over some store.

export type RegisterCase = (name: string, run: () => Promise<void>) => void;
