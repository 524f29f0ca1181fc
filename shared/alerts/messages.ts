/**
 * Messages that tell finance how the night went. They travel as alerts, with their delivery, repeats and signatures, but
 * only to routes that name their kind: nobody on call is woken to hear that all went well.
 */
export const MESSAGE_KINDS = ['day-reconciled', 'day-failed'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export const isMessage = (kind: string): boolean => MESSAGE_KINDS.some((one) => one === kind);
