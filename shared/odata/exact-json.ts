/**
 * Parses JSON with every number as its text. OData sends amounts (`Edm.Decimal`) and record ids (`Edm.Int64`) as JSON
 * numbers: read as floats they may change.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)),
  );
}

/** A string is matched as a whole, so digits within it stay as they are. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/gs;
