import { exponentOf, formatAmount, type Currency } from '../money.ts';
import { boundedText } from '../row-text.ts';

/** What a cell may hold. Money goes in as the exact decimal, never through a float. */
export type XlsxCell =
  string | number | { readonly amountMinor: number | string; readonly currency: Currency } | undefined;

export interface XlsxSheet {
  /** At most 31 characters, none of `[]:*?/\`. */
  readonly name: string;
  /** Titles, each with a width in characters. */
  readonly columns: readonly (readonly [title: string, width: number])[];
  /** Made while they are written, so a sheet of any length takes no memory. */
  readonly rows: Iterable<readonly XlsxCell[]>;
}

/** Limits of Excel: rows of a sheet, characters of a cell, digits of a number. */
const MAX_ROWS = 1_048_576;
const MAX_CELL_CHARS = 32_767;
const MAX_DIGITS = 15;
const CHUNK_CHARS = 64 * 1024;

/** Indexes of `cellXfs` in STYLES. Amounts have one for each number of decimals, 0 to 4. */
const HEAD_STYLE = 1;
const GUARDED_STYLE = 2;
const AMOUNT_STYLES = 3;

/** What a spreadsheet reads as the beginning of a formula once somebody edits the cell. */
const RUNNABLE = /^[\s"'\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B]/u;
/** Characters that XML 1.0 has not. */
// eslint-disable-next-line no-control-regex -- these are the ones.
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

const xml = (text: string): string =>
  text
    .toWellFormed()
    .replace(NOT_XML, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A text is an inline string, which is never a formula; one that looks like one stays a text when it is edited. */
function textCell(text: string, style = RUNNABLE.test(text) ? GUARDED_STYLE : 0): string {
  if (text === '') return '<c/>';
  const shown = xml(boundedText(text, MAX_CELL_CHARS));
  return `<c t="inlineStr"${style === 0 ? '' : ` s="${style}"`}><is><t xml:space="preserve">${shown}</t></is></c>`;
}

function cell(value: XlsxCell): string {
  if (value === undefined) return '<c/>';
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'number') return `<c><v>${value}</v></c>`;
  const { amountMinor, currency } = value;
  const decimal = formatAmount(BigInt(amountMinor), currency);
  // Excel calculates with 15 digits: what has more would be another amount.
  if (decimal.replace(/\D/g, '').replace(/^0+/, '').length > MAX_DIGITS) return textCell(decimal);
  return `<c s="${AMOUNT_STYLES + exponentOf(currency)}"><v>${decimal}</v></c>`;
}

/** The parts of a workbook but its sheets: file name to content. */
export function xlsxFrame(sheets: readonly Pick<XlsxSheet, 'name'>[]): Record<string, string> {
  const numbers = sheets.map((_sheet, index) => index + 1);
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const formats = ['#,##0', '#,##0.0', '#,##0.00', '#,##0.000', '#,##0.0000'];
  return {
    '[Content_Types].xml': `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${types}.styles+xml"/>${numbers.map((number) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${types}.worksheet+xml"/>`).join('')}</Types>`,
    '_rels/.rels': `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${XML}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${sheets.map(({ name }, index) => `<sheet name="${xml(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${numbers.map((number) => `<Relationship Id="rId${number}" Type="${relations}/worksheet" Target="worksheets/sheet${number}.xml"/>`).join('')}<Relationship Id="rId${numbers.length + 1}" Type="${relations}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': `${XML}<styleSheet xmlns="${main}"><numFmts count="${formats.length}">${formats.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code}"/>`).join('')}</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${AMOUNT_STYLES + formats.length}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>${formats.map((_code, index) => `<xf numFmtId="${164 + index}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`).join('')}</cellXfs></styleSheet>`,
  };
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** The XML of a sheet in chunks; a sheet that Excel could not hold says how many rows are left out. */
export function* sheetXml({ columns, rows }: XlsxSheet): Generator<string> {
  const widths = columns
    .map(
      ([, width], index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
    )
    .join('');
  let chunk = `${XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths}</cols><sheetData><row>${columns.map(([title]) => textCell(title, HEAD_STYLE)).join('')}</row>`;
  let written = 1;
  let left = 0;
  for (const row of rows) {
    if (written >= MAX_ROWS - 1) {
      left += 1;
      continue;
    }
    written += 1;
    chunk += `<row>${row.map(cell).join('')}</row>`;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
  }
  if (left > 0)
    chunk += `<row>${textCell(`${left} more rows do not fit into a sheet: report.json has all`)}</row>`;
  yield `${chunk}</sheetData></worksheet>`;
}
