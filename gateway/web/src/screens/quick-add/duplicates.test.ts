import { describe, expect, it } from 'vitest';
import { duplicatesOf, nameWords, pointsOf } from './duplicates';
import vectors from './duplicates.json';

describe('customers that may be one', () => {
  it('a name is its own words, without accents and legal form', () => {
    expect(nameWords('Officine NICCOLÒ & C. S.r.l.')).toEqual(['officine', 'niccolo']);
  });

  it.each(vectors)('$typed and $name are as likely one as on the server', ({ typed, name, points }) => {
    expect(pointsOf(nameWords(typed), nameWords(name))).toBe(points);
    expect(pointsOf(nameWords(name), nameWords(typed))).toBe(points);
  });

  it.each([
    ['Off. Rossi srl', '', true],
    ['Officine Rosssi', '', true],
    ['Officine Rossi', '01234567890', false],
    ['Officine Rossi', '01234', true],
    ['Officine Rossi', '00159560', true],
    ['Officine Bianchi', '', false],
    ['', '', false],
  ])('%s with the VAT number %s: proposed is %s', (name, vatNumber, isProposed) => {
    const known = [{ id: 'a', name: 'Officine Rossi S.p.A.', vat_number: '00159560366' }];
    expect(duplicatesOf({ name, vat_number: vatNumber }, known)).toHaveLength(isProposed ? 1 : 0);
  });

  it('the same VAT number comes first, whatever the name', () => {
    const known = [
      { id: 'a', name: 'Officine Rossi', vat_number: '' },
      { id: 'b', name: 'Nuova Meccanica', vat_number: 'IT01234567890' },
    ];
    expect(duplicatesOf({ name: 'Officine Rossi', vat_number: '01234567890' }, known).map((each) => each.id)).toEqual(['b', 'a']);
  });
});
