// What happens to the members: each fault is begun, lasts a while and is ended; then the cluster must serve again.
import type { Members } from './members.js';
import type { Random } from '../simulation/random.js';

export interface Fault {
  readonly name: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export function nextFault(members: Members, leader: number, random: Random): Fault {
  const all = Array.from({ length: members.size }, (_, member) => member);
  const victim = random.integer(members.size);
  const others = (member: number): number[] => all.filter((one) => one !== member);
  const restart = (...which: number[]): Promise<void> => {
    for (const member of which) members.launch(member);
    return Promise.resolve();
  };
  const now = (act: () => void) => (): Promise<void> => {
    act();
    return Promise.resolve();
  };
  const cut =
    (pairs: readonly (readonly [number, number])[]): Fault['begin'] =>
    () => {
      for (const [from, to] of pairs) members.links.cut(from, to);
      return Promise.resolve();
    };
  const heal = (): Promise<void> => {
    members.links.heal();
    return Promise.resolve();
  };
  const faults: readonly Fault[] = [
    {
      name: `kill the leader (m${leader + 1})`,
      begin: () => members.kill(leader),
      end: () => restart(leader),
    },
    {
      name: `kill m${victim + 1}`,
      begin: () => members.kill(victim),
      end: () => restart(victim),
    },
    {
      name: 'kill all',
      begin: async () => {
        await Promise.all(all.map((member) => members.kill(member)));
      },
      end: () => restart(...all),
    },
    {
      name: `stop m${victim + 1} in order`,
      begin: () => members.kill(victim, 'SIGTERM'),
      end: () => restart(victim),
    },
    {
      name: `pause the leader (m${leader + 1})`,
      begin: now(() => {
        members.pause(leader);
      }),
      end: now(() => {
        members.resume(leader);
      }),
    },
    {
      name: `pause m${victim + 1}`,
      begin: now(() => {
        members.pause(victim);
      }),
      end: now(() => {
        members.resume(victim);
      }),
    },
    {
      name: `cut the leader off (m${leader + 1})`,
      begin: cut(others(leader).flatMap((one) => [[leader, one] as const, [one, leader] as const])),
      end: heal,
    },
    {
      name: `nothing leaves m${victim + 1}`,
      begin: cut(others(victim).map((one) => [victim, one] as const)),
      end: heal,
    },
    {
      name: `nothing reaches m${victim + 1}`,
      begin: cut(others(victim).map((one) => [one, victim] as const)),
      end: heal,
    },
    {
      name: 'cut every link',
      begin: cut(all.flatMap((from) => others(from).map((to) => [from, to] as const))),
      end: heal,
    },
  ];
  const fault = faults[random.integer(faults.length)];
  if (!fault) throw new Error('no fault');
  return fault;
}
