// Who makes a call, for everything that carries calls from outside.
import { StoreError } from '../errors.js';
import type { Caller, StoreNode } from '../node.js';
import type { Call, Served } from './call.js';

/** A caller without a name, not an absent one: the latter is trusted. */
export const nobody: Caller = { user: '', authRevision: 0 };

/**
 * Also while authentication is off here: it can be switched on, or be on elsewhere already, when the write is applied,
 * and then nobody is refused. Error: 'invalid-auth-token'.
 */
export async function callerOf(node: StoreNode, token: string | undefined): Promise<Caller> {
  return token === undefined ? nobody : ((await node.auth.callerOf(token)) ?? nobody);
}

/** Changes of users and roles in a row that a call is made again for. */
const triesMax = 5;

/**
 * A change of users or roles between the look at the token and the apply refuses a call ('auth-old-revision'); with a
 * token that is still good it is simply made again, as by etcd. One that says itself when it was made stays refused.
 */
export function againWithFreshCaller(served: Served): Served {
  if (served.type !== 'unary') return served;
  const handle: typeof served.handle = async (request, call) => {
    for (let tries = 1; ; tries++) {
      let used: Caller | undefined;
      const noting: Call = {
        // Made when somebody asks: a signal of its own costs every call a tenth of its time.
        get signal() {
          return call.signal;
        },
        get needsLeader() {
          return call.needsLeader;
        },
        async caller() {
          used = await call.caller();
          return used;
        },
      };
      try {
        return await served.handle(request, noting);
      } catch (error) {
        const isOld = error instanceof StoreError && error.code === 'auth-old-revision';
        if (!isOld || tries === triesMax || !(await isNewer(call, used))) throw error;
      }
    }
  };
  return { ...served, handle };
}

async function isNewer(call: Call, used: Caller | undefined): Promise<boolean> {
  return used !== undefined && (await call.caller()).authRevision > used.authRevision;
}
