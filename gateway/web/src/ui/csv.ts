/** Tables as files that a spreadsheet opens. */
import type { Language } from '../i18n/texts';

/**
 * Return rows as CSV, with the separator that spreadsheets of this language expect. A text that a spreadsheet would
 * take for a formula gets an apostrophe.
 */
export function csvOf(rows: readonly (readonly string[])[], language: Language): string {
  const separator = language === 'it' ? ';' : ',';
  return `\uFEFF${rows.map((row) => row.map(quoted).join(separator)).join('\r\n')}\r\n`;
}

function quoted(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.,\s]+$/.test(text) ? `'${text}` : text;
  return /["\r\n;,]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Give the user a file. */
export function download(name: string, content: string | ArrayBuffer, type = 'text/csv;charset=utf-8'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
