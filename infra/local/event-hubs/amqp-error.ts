/** An AMQP error as it goes to the client. The conditions are those that Event Hubs uses and its clients map. */
export class AmqpConditionError extends Error {
  override readonly name = 'AmqpConditionError';
  readonly condition: string;

  constructor(condition: string, description: string, options?: { cause?: unknown }) {
    super(description, options);
    this.condition = condition;
  }

  /** The error as rhea encodes it. */
  toAmqp(): { condition: string; description: string } {
    return { condition: this.condition, description: this.message };
  }
}

export const notFound = (entity: string): AmqpConditionError =>
  new AmqpConditionError(
    'amqp:not-found',
    `The messaging entity '${entity}' could not be found. Hubs and consumer groups of this endpoint are set in its configuration.`,
  );

export const invalidPartition = (partition: string, partitionCount: number): AmqpConditionError =>
  new AmqpConditionError(
    'com.microsoft:argument-out-of-range',
    `The specified partition is invalid for an EventHub partition sender or receiver: '${partition}' is not between 0 and ${partitionCount - 1}.`,
  );

export const unauthorized = (description: string): AmqpConditionError =>
  new AmqpConditionError('amqp:unauthorized-access', description);

/** Any thrown value as an AMQP error; what is not one of ours is the endpoint's own fault. */
export function toAmqpError(thrown: unknown): AmqpConditionError {
  if (thrown instanceof AmqpConditionError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AmqpConditionError('amqp:internal-error', message, { cause: thrown });
}
