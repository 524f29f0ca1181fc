import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { sheetXml, xlsxFrame, type XlsxSheet } from '../../../shared/reports/xlsx-sheet.ts';

/** Of the files in the zip: the same report gives the same bytes. */
const MTIME = new Date('2026-01-01T00:00:00Z');

/**
 * A workbook as a stream: one sheet after the other is made, compressed and passed on, so that memory does not grow with
 * the rows. Written here and not by a spreadsheet library, since those take amounts as floats.
 */
export function xlsxFile(sheets: readonly XlsxSheet[]): Readable {
  const zip = new ZipFile();
  const options = { mtime: MTIME, mode: 0o100644 };
  for (const [name, content] of Object.entries(xlsxFrame(sheets)))
    zip.addBuffer(Buffer.from(content), name, options);
  for (const [index, sheet] of sheets.entries())
    zip.addReadStreamLazy(`xl/worksheets/sheet${index + 1}.xml`, options, (take) => {
      take(null, Readable.from(sheetXml(sheet), { objectMode: false }));
    });
  zip.end();
  return Readable.from(zip.outputStream);
}
