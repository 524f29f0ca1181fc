import { wireSale } from '../support/webhook-fixture.ts';

/** Baskets of five lines in the wire format, about 1.8 kB each. */
export function basketBody(events: number, idPrefix: string): Buffer {
  const [line] = wireSale()['lines'] as object[];
  const sales = Array.from({ length: events }, (_, index) =>
    wireSale({
      id: `${idPrefix}-${index}`,
      lines: Array.from({ length: 5 }, (_unused, lineIndex) => ({ ...line, lineNumber: lineIndex + 1 })),
      tenders: [{ type: 'cash', amountMinor: 1000, changeMinor: 405 }],
      totals: { netMinor: 555, taxMinor: 40, grossMinor: 595 },
    }),
  );
  return Buffer.from(JSON.stringify(events === 1 ? sales[0] : { events: sales }));
}
