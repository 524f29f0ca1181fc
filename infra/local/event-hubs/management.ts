import rhea from 'rhea';
import type { AmqpConditionError } from './amqp-error.ts';
import { notFound, toAmqpError, unauthorized } from './amqp-error.ts';
import type { Hub } from './hub.ts';
import type { Answer, Request } from './request-response.ts';

const STATUS_BY_CONDITION: Readonly<Record<string, number>> = {
  'amqp:not-found': 404,
  'amqp:unauthorized-access': 401,
  'com.microsoft:argument-out-of-range': 400,
};

const failed = (error: AmqpConditionError): Answer => ({
  status: STATUS_BY_CONDITION[error.condition] ?? 500,
  description: error.message,
  condition: error.condition,
});

/**
 * Answers a READ of a hub or a partition on `$management`.
 * @param isAllowed whether the token that the request brings, or else the connection's grants, cover the path.
 */
export function readEntity(
  request: Request,
  hubs: ReadonlyMap<string, Hub>,
  isAllowed: (path: string, token: string | undefined) => boolean,
): Answer {
  const { operation, type, name, partition, security_token: token } = request.properties;
  if (operation !== 'READ')
    return { status: 501, description: 'The only operation is READ', condition: 'amqp:not-implemented' };
  try {
    // Authorization comes first, so nobody learns which hubs exist.
    if (!isAllowed(`${String(name)}/$management`, typeof token === 'string' ? token : undefined))
      throw unauthorized(`Unauthorized access to '${String(name)}'`);
    const hub = hubs.get(String(name).toLowerCase());
    if (!hub) throw notFound(String(name));
    if (type === 'com.microsoft:eventhub') return { status: 200, description: 'OK', body: describeHub(hub) };
    if (type === 'com.microsoft:partition')
      return { status: 200, description: 'OK', body: describePartition(hub, String(partition)) };
    return { status: 501, description: `Unknown type '${String(type)}'`, condition: 'amqp:not-implemented' };
  } catch (error) {
    return failed(toAmqpError(error));
  }
}

function describeHub(hub: Hub): unknown {
  const { types } = rhea;
  const ids = hub.partitions.map((_, id) => String(id));
  return {
    type: 'com.microsoft:eventhub',
    name: hub.name,
    created_at: types.wrap_timestamp(hub.createdAtMs),
    partition_count: types.wrap_int(ids.length),
    partition_ids: types.wrap_array(ids, 0xb1, undefined),
    georeplication_factor: types.wrap_int(1),
  };
}

function describePartition(hub: Hub, id: string): unknown {
  const { types } = rhea;
  const { beginSequence, lastSequence, lastOffset, lastEnqueuedTimeMs, isEmpty } =
    hub.partition(id).properties;
  return {
    type: 'com.microsoft:partition',
    name: hub.name,
    partition: id,
    begin_sequence_number: types.wrap_long(beginSequence),
    last_enqueued_sequence_number: types.wrap_long(lastSequence),
    last_enqueued_offset: lastOffset,
    last_enqueued_time_utc: types.wrap_timestamp(lastEnqueuedTimeMs),
    is_partition_empty: isEmpty,
  };
}
