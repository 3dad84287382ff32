import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { ReplicaError } from '../../replica';
import type { Ask, Seed } from '../../replica/fixture';
import { choicesFrom, keyFrom, writtenChoices } from './choices';
import Shapes from './Shapes';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [HOURS, ROLE] = [id(50), id(70)];
const seed: Seed = {
  'crm.field_definition': [
    { id: HOURS, entity: 'crm.party', key: 'ore', kind: 'text', labels: { it: 'Ore di piega', en: 'Bending hours' }, position: 10 },
    { id: id(51), entity: 'crm.party', key: 'vecchio', kind: 'text', labels: { it: 'Vecchio' }, inactive: true, position: 20 },
    { id: id(52), entity: 'crm.custom_record', record_type: 'rival', key: 'marca', kind: 'text', labels: { it: 'Marca' } },
  ],
  'crm.record_type': [{ id: id(60), key: 'rival', parent_entity: 'crm.party', labels: { it: 'Macchina rivale' }, plural_labels: { it: 'Macchine rivali' } }],
  'identity.role': [{ id: ROLE, name: 'Venditori' }],
};
const answering = (answer: unknown = {}) => vi.fn<Ask>(() => Promise.resolve(answer));
const away: Ask = () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY'));
const pick = async (label: string, option: string) => {
  await userEvent.click(screen.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};
const dialog = async () => within(await screen.findByRole('dialog'));

describe('fields', () => {
  it('are listed by what they belong to, own tables too', async () => {
    await mount(<Shapes />, { seed });
    expect(screen.getByText('Ore di piega')).toBeDefined();
    expect(screen.getByText('ritirato')).toBeDefined();
    expect(await violations()).toEqual([]);
    await pick('Di quali record', 'Macchine rivali');
    expect(await screen.findByText('Marca')).toBeDefined();
    await pick('Di quali record', 'Offerte');
    expect(await screen.findByText('Ancora nessun campo vostro.')).toBeDefined();
  });

  it('a new one gets its key from its name, and its choices one a line', async () => {
    const ask = answering();
    await mount(<Shapes />, { seed, ask });
    await userEvent.click(screen.getByRole('button', { name: 'Nuovo campo' }));
    const form = await dialog();
    await userEvent.type(form.getByRole('textbox', { name: 'Nome in italiano' }), 'Settore principale');
    await pick('Tipo', 'una scelta');
    await userEvent.type(form.getByRole('textbox', { name: /^Scelte/ }), 'wood = Legno / Wood\nMetallo');
    expect(await violations()).toEqual([]);
    await userEvent.click(form.getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(ask).toHaveBeenCalled());
    expect(ask.mock.calls[0]).toEqual([
      'POST',
      '/v1/crm/field-definitions',
      expect.objectContaining({
        entity: 'crm.party',
        record_type: '',
        key: 'settore_principale',
        kind: 'choice',
        labels: { it: 'Settore principale' },
        choices: [
          { key: 'wood', labels: { it: 'Legno', en: 'Wood' }, retired: false },
          { key: 'metallo', labels: { it: 'Metallo' }, retired: false },
        ],
        position: 30,
      }),
    ]);
  });

  it('another kind is tried out before it is saved', async () => {
    const ask = answering({ converted: '12', kept: '2', examples: [{ record_id: id(1), value: '"tante"' }] });
    await mount(<Shapes />, { seed, ask });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Ore di piega' }));
    await pick('Tipo', 'numero');
    expect((await screen.findByRole('status')).textContent).toContain('12 valori si convertono, 2 vengono messi da parte. Per esempio: "tante"');
    expect(ask).toHaveBeenCalledWith('GET', `/v1/crm/field-definitions/${HOURS}:preview_kind?kind=number`);
    await userEvent.click((await dialog()).getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('PATCH', `/v1/crm/field-definitions/${HOURS}`, expect.objectContaining({ kind: 'number' })));
  });

  it('one is retired', async () => {
    const ask = answering();
    await mount(<Shapes />, { seed, ask });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Ore di piega' }));
    await userEvent.click((await dialog()).getByRole('button', { name: 'Ritira' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('PATCH', `/v1/crm/field-definitions/${HOURS}`, expect.objectContaining({ inactive: true })));
  });

  it('without a network says so, and keeps what was typed', async () => {
    await mount(<Shapes />, { seed, ask: away });
    await userEvent.click(screen.getByRole('button', { name: 'Nuovo campo' }));
    const form = await dialog();
    await userEvent.type(form.getByRole('textbox', { name: 'Nome in italiano' }), 'Fax');
    await userEvent.click(form.getByRole('button', { name: 'Salva' }));
    expect(await screen.findByText('Il server non è raggiungibile')).toBeDefined();
    expect(form.getByRole('textbox', { name: 'Nome in italiano' })).toHaveProperty('value', 'Fax');
  });
});

describe('a form', () => {
  it('is made of sections with fields and their conditions; one that cannot be read is not saved', async () => {
    const ask = answering();
    await mount(<Shapes />, { seed, ask });
    await userEvent.click(screen.getByRole('button', { name: 'Nuova scheda' }));
    const form = await dialog();
    await userEvent.type(form.getByRole('textbox', { name: 'Nome' }), 'Venditori');
    await pick('Per i ruoli', 'Venditori');
    await userEvent.type(form.getByRole('textbox', { name: 'Nome in italiano' }), 'Produzione');
    await pick('Aggiungi campo', 'Ore di piega');
    await pick('Aggiungi campo', 'Sito web');
    const save = form.getByRole('button', { name: 'Salva' });
    const [needed] = form.getAllByRole('textbox', { name: 'Obbligatorio se' });
    if (needed === undefined) throw new Error('no condition');
    await userEvent.type(needed, 'country = ');
    expect(save).toHaveProperty('disabled', true);
    await userEvent.type(needed, '"IT"');
    await userEvent.click(form.getByRole('button', { name: 'Sposta su Sito web' }));
    expect(await violations()).toEqual([]);
    await userEvent.click(save);
    await waitFor(() =>
      expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/form-layouts', {
        entity: 'crm.party',
        record_type: '',
        name: 'Venditori',
        role_ids: [ROLE],
        sections: [
          {
            key: 'produzione',
            labels: { it: 'Produzione' },
            fields: [
              { name: 'website', visible: '', required: '', read_only: '' },
              { name: 'custom.ore', visible: '', required: 'country = "IT"', read_only: '' },
            ],
          },
        ],
      }),
    );
  });
});

describe('choices as lines', () => {
  it('come back as they were written; what is taken away is retired', () => {
    const before = [{ key: 'wood', labels: { it: 'Legno', en: 'Wood' }, retired: false }, { key: 'metal', labels: { it: 'Metallo' }, retired: false }];
    expect(writtenChoices(before)).toBe('wood = Legno / Wood\nmetal = Metallo');
    expect(choicesFrom('wood = Legno / Wood', before)).toEqual([before[0], { ...before[1], retired: true }]);
  });

  it.each(['= Legno', 'wood =', 'a = Uno\na = Due', 'Ù! = x'])('%s cannot be read', (text) => {
    expect(choicesFrom(text, [])).toBeNull();
  });

  it('a key is made of a name', () => {
    expect(keyFrom('1. Città e Qualità!')).toBe('citta_e_qualita');
  });
});
