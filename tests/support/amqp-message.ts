/** rhea's message codec with types: its own leave data sections untyped. */
import rhea from 'rhea';

/** Message fields as rhea names them: `message_annotations`, `application_properties`, `body` ... */
export const encodeMessage = (fields: object): Buffer => rhea.message.encode(fields);
export const dataSection = (bytes: Buffer): unknown => rhea.message.data_section(bytes) as unknown;
export const dataSections = (parts: readonly Buffer[]): unknown =>
  rhea.message.data_sections([...parts]) as unknown;
