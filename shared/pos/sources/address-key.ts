/** Some senders can set no header: their key stands in the address, as `?key=`, and sources read it under this name. */
export const ADDRESS_KEY_HEADER = 'x-address-key';
