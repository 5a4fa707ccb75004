// Passwords as bcrypt hashes, made before proposing so that the log never holds a clear text. The work is spread over
// turns of the event loop (bcryptjs); a login at cost 10 takes some 50 ms of it.
import { compare, genSalt, hash } from 'bcryptjs';
import { StoreError } from '../errors.js';

export const bcryptCostDefault = 10;
const costMin = 4;
const costMax = 31;
/** bcrypt reads no further: what came after would not count. */
const passwordBytesMax = 72;

/** Throws RangeError unless 4…31. */
export function checkBcryptCost(cost: number): number {
  if (!Number.isInteger(cost) || cost < costMin || cost > costMax)
    throw new RangeError(`the bcrypt cost must be ${costMin} to ${costMax}`);
  return cost;
}

/** Error: 'password-too-long'. */
export async function hashPassword(password: string, cost: number): Promise<Uint8Array> {
  if (Buffer.byteLength(password) > passwordBytesMax) throw new StoreError('password-too-long');
  return Buffer.from(await hash(password, await genSalt(cost)));
}

/** False too for a hash that is none (a user whose password was taken away). */
export async function isPassword(password: string, hashed: Uint8Array): Promise<boolean> {
  const text = Buffer.from(hashed).toString('latin1');
  return isBcryptHash(hashed) && (await compare(password, text));
}

export function isBcryptHash(hashed: Uint8Array): boolean {
  return /^\$2[aby]?\$\d\d\$[./A-Za-z0-9]{53}$/.test(Buffer.from(hashed).toString('latin1'));
}
