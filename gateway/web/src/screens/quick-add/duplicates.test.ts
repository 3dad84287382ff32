import { describe, expect, it } from 'vitest';
import { duplicatesOf, likeness, nameWords } from './duplicates';

describe('customers that may be one', () => {
  it('a name is its own words, without accents and legal form', () => {
    expect(nameWords('Officine NICCOLÒ & C. S.r.l.')).toEqual(['officine', 'niccolo']);
  });

  it.each([
    ['Off. Rossi srl', 'Officine Rossi S.r.l.'],
    ['Rossi Officine', 'Officine Rossi S.p.A.'],
    ['Officine Rosssi', 'Officine Rossi'],
    ['Muller Maschinenbau', 'Müller Maschinenbau GmbH'],
  ])('%s is like %s', (typed, name) => {
    expect(likeness(typed, name)).toBeGreaterThanOrEqual(0.6);
  });

  it.each([
    ['Bianchi S.r.l.', 'Rossi S.r.l.'],
    ['Carpenteria Galli', 'Lattoneria Conti'],
    ['', 'Rossi'],
  ])('%s is not like %s', (typed, name) => {
    expect(likeness(typed, name)).toBeLessThan(0.6);
  });

  it('the same VAT number comes first, whatever the name', () => {
    const known = [
      { id: 'a', name: 'Officine Rossi', vat_number: '' },
      { id: 'b', name: 'Nuova Meccanica', vat_number: 'IT01234567890' },
    ];
    expect(duplicatesOf({ name: 'Officine Rossi', vat_number: '01234567890' }, known).map((each) => each.id)).toEqual(['b', 'a']);
  });
});
