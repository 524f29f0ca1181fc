/** JSON of values that hold maps and big integers, for what the lake keeps of a store beside its tables. */

const BIGINT = '$bigint';
const MAP = '$map';

export function lakeJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint') return { [BIGINT]: member.toString() };
    if (member instanceof Map) return { [MAP]: [...(member as Map<unknown, unknown>)] };
    return member;
  });
}

export function fromLakeJson(text: string): unknown {
  return JSON.parse(text, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null) return member;
    if (BIGINT in member) return BigInt(member[BIGINT] as string);
    if (MAP in member) return new Map(member[MAP] as [unknown, unknown][]);
    return member;
  });
}
