/**
 * How many requests, and how many bytes of them, are worked on at once. The Functions host has a limit of its own, but
 * what it refuses it refuses with a bare 429; this one comes first and answers with a problem and Retry-After.
 */
export interface InFlight {
  /** @returns undefined when there is no room, otherwise what to call once the request is done. */
  enter(bytes: number): (() => void) | undefined;
}

export function inFlight(limits: { readonly requests: number; readonly bytes: number }): InFlight {
  let requests = 0;
  let bytesNow = 0;
  return {
    enter(bytes) {
      // One alone may be as large as it likes: its own limit is checked elsewhere.
      if (requests >= limits.requests || (requests > 0 && bytesNow + bytes > limits.bytes)) return undefined;
      requests += 1;
      bytesNow += bytes;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        requests -= 1;
        bytesNow -= bytes;
      };
    },
  };
}
