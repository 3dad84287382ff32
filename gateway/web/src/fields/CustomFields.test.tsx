import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { USER_ID, type Seed } from '../replica/fixture';
import { closeQuickAdd, openQuickAdd } from '../screens/quick-add/opening';
import { QuickAdd } from '../screens/quick-add/QuickAdd';
import Customer from '../screens/customer/Customer';
import type { FieldDefinition } from './definitions';
import { isQuick } from './values';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ROSSI, BIANCHI, SELLERS] = [id(10), id(11), id(90)];
let count = 100;
const field = (key: string, kind: FieldDefinition['kind'], more: Partial<FieldDefinition> = {}) => {
  count += 1;
  return { id: id(count), entity: 'crm.party', key, kind, labels: { it: key }, position: count, ...more };
};
const choices = [
  { key: 'wood', labels: { it: 'Legno', en: 'Wood' } },
  { key: 'metal', labels: { it: 'Metallo', en: 'Metal' } },
  { key: 'old', labels: { it: 'Vecchio' }, retired: true },
];
const FIELDS = [
  field('settore', 'choice', { choices }),
  field('materiali', 'multiple_choice', { choices }),
  field('ore', 'number', { minimum: '0', maximum: '5000' }),
  field('budget', 'money'),
  field('visita', 'date'),
  field('chiamata', 'time'),
  field('attivo', 'boolean'),
  field('codice', 'text', { pattern: '[A-Z]{2}\\d{2}' }),
  field('capogruppo', 'link', { links_to: 'crm.party' }),
  field('presse', 'formula', { result: 'number' }),
  field('ritirato', 'text', { inactive: true }),
];
const seed = (custom: Record<string, string> = {}, more: Seed = {}): Seed => ({
  'crm.party': [
    { id: ROSSI, name: 'Rossi', state: 'customer', country: 'IT', custom },
    { id: BIANCHI, name: 'Bianchi Holding', state: 'customer' },
  ],
  'crm.field_definition': FIELDS,
  'identity.user': [{ id: USER_ID, user_name: 'sales.north', role_ids: [SELLERS] }],
  ...more,
});
const rossi = <Customer params={{ id: ROSSI }} />;
const others = () => within(screen.getByRole('region', { name: 'Altri dati' }));
const open = (name: string) => userEvent.click(others().getByRole('button', { name: new RegExp(`^${name}`) }));
const values = { settore: '"wood"', materiali: '["metal","wood"]', ore: '480.5', budget: '{"amount":"1250.00","currency":"EUR"}', visita: '"2026-03-27"', chiamata: '"2026-03-27T16:00:00Z"', attivo: 'true', codice: '"AB12"', capogruppo: `"${BIANCHI}"`, presse: '3' };

const layout = (fields: readonly Record<string, unknown>[], role_ids: readonly string[] = [SELLERS]) => ({
  'crm.form_layout': [
    { id: id(95), entity: 'crm.party', name: 'Tutti', sections: [{ key: 'plain', labels: { it: 'Per tutti' }, fields: [{ name: 'custom.ore' }] }] },
    { id: id(96), entity: 'crm.party', name: 'Venditori', role_ids: [...role_ids], sections: [{ key: 'main', labels: { it: 'Produzione' }, fields: [...fields] }] },
  ],
});

describe('a pattern', () => {
  it.each(['(a+)+b', '(a|a)*b', 'a*a*a*b', 'a{0,99}a{0,99}a{0,99}b', 'a?a?a?a?a?a?a?b'])('that could take for ever is left to the owner: %s', (pattern) => {
    expect(isQuick(pattern)).toBe(false);
  });

  it.each(['[A-Z]{2}\\d{2}', '\\d+(,\\d+)?', '(IT)?[0-9]{11}'])('of the usual kind is checked here: %s', (pattern) => {
    expect(isQuick(pattern)).toBe(true);
  });
});

describe('custom fields of a record', () => {
  it('are read as their kinds are written, in the user’s language; a retired one is not there', async () => {
    await mount(rossi, { seed: seed(values) });
    const text = screen.getByRole('region', { name: 'Altri dati' }).textContent;
    for (const shown of ['Legno', 'Metallo, Legno', '480,5', '1.250,00', '27/03/2026', 'Sì', 'AB12', 'Bianchi Holding']) expect(text).toContain(shown);
    expect(text).not.toContain('ritirato');
    expect(others().queryByRole('button', { name: /^presse/ })).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it.each([
    ['ore', '1.250,5', '1250.5'],
    ['budget', '99,50', '{"amount":"99.50","currency":"EUR"}'],
    ['budget', '99,5 usd', '{"amount":"99.5","currency":"USD"}'],
    ['visita', '2026-11-30', '"2026-11-30"'],
    ['codice', 'CD34', '"CD34"'],
  ])('%s: "%s" is stored as %s', async (name, typed, stored) => {
    const { engine } = await mount(rossi, { seed: seed() });
    await open(name);
    await userEvent.type(others().getByLabelText(name), `${typed}{Enter}`);
    await waitFor(() => expect(engine.queue().map((item) => item.body.fields)).toEqual([{ custom: { [name]: stored } }]));
  });

  it.each([
    ['ore', '6000', 'ore: al massimo 5000'],
    ['ore', 'tante', 'ore: non è un numero'],
    ['budget', 'molto', 'budget: non è un importo: si scrive come 12,50 EUR'],
    ['codice', 'x', 'codice: deve avere la forma [A-Z]{2}\\d{2}'],
  ])('%s: "%s" is not queued, and says why', async (name, typed, why) => {
    const { engine } = await mount(rossi, { seed: seed() });
    await open(name);
    await userEvent.type(others().getByLabelText(name), `${typed}{Enter}`);
    await screen.findByText(why);
    expect(engine.queue()).toHaveLength(0);
  });

  it('a choice is kept as it is made, and those that are retired are not offered', async () => {
    const { engine } = await mount(rossi, { seed: seed() });
    await open('settore');
    expect(screen.queryByRole('option', { name: 'Vecchio' })).toBeNull();
    await userEvent.click(await screen.findByRole('option', { name: 'Metallo' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ custom: { settore: '"metal"' } }));
    expect(others().getByRole('button', { name: /^settore/ }).textContent).toBe('Metallo');
  });

  it('a link is found by a few letters', async () => {
    const { engine } = await mount(rossi, { seed: seed() });
    await open('capogruppo');
    await userEvent.type(others().getByRole('combobox', { name: 'capogruppo' }), 'bian');
    await userEvent.click(await screen.findByRole('option', { name: 'Bianchi Holding' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ custom: { capogruppo: `"${BIANCHI}"` } }));
  });

  it('an emptied field is taken away, and undo brings it back', async () => {
    const { engine } = await mount(rossi, { seed: seed({ ore: '10' }) });
    await open('ore');
    await userEvent.clear(others().getByLabelText('ore'));
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ fields: { custom: { ore: null } }, base: { custom: { ore: '10' } } }));
  });

  it('several choices are kept together, in the order of the alphabet', async () => {
    const { engine } = await mount(rossi, { seed: seed() });
    await open('materiali');
    await userEvent.click(await screen.findByRole('option', { name: 'Legno' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Metallo' }));
    await userEvent.click(screen.getByRole('heading', { level: 1 }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ custom: { materiali: '["metal","wood"]' } }));
  });
});

describe('the form of somebody’s role', () => {
  const shapes = [
    { name: 'custom.attivo' },
    { name: 'custom.ore', visible: 'custom.attivo', labels: { it: 'Ore di piega' } },
    { name: 'custom.codice', required: 'custom.attivo', read_only: 'state = "prospect"' },
    { name: 'website', read_only: 'country = "IT"' },
    { name: 'pec', visible: 'country = "FR"' },
  ] as const;

  it('shows its sections, its labels, and only what its conditions show', async () => {
    await mount(rossi, { seed: seed({}, layout(shapes)) });
    const section = screen.getByRole('region', { name: 'Produzione' });
    expect(section.textContent).toContain('attivo');
    expect(section.textContent).not.toContain('Ore di piega');
    expect(screen.queryByRole('region', { name: 'Per tutti' })).toBeNull();
    expect(screen.queryByText('PEC')).toBeNull();
    expect(screen.queryByRole('button', { name: /^Sito/ })).toBeNull();
  });

  it('refuses an edit that would leave something empty that it then requires, and says what', async () => {
    const { engine } = await mount(rossi, { seed: seed({}, layout(shapes)) });
    const section = within(screen.getByRole('region', { name: 'Produzione' }));
    await userEvent.click(section.getByRole('button', { name: /^attivo/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'Sì' }));
    await screen.findByText('codice: va compilato');
    expect(engine.queue()).toHaveLength(0);
    await userEvent.click(section.getByRole('button', { name: /^codice/ }));
    await userEvent.keyboard('AB12{Enter}');
    await waitFor(() => expect(engine.queue()).toHaveLength(1));
    await userEvent.click(section.getByRole('button', { name: /^attivo/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'Sì' }));
    await waitFor(() => expect(engine.queue()).toHaveLength(2));
    expect(await section.findByText('Ore di piega')).toBeDefined();
  });

  it('is everybody’s where the user has none of a role', async () => {
    await mount(rossi, { seed: seed({}, layout(shapes, [id(91)])), language: 'en' });
    expect(screen.getByRole('region', { name: 'Per tutti' })).toBeDefined();
    expect(screen.queryByRole('region', { name: 'Produzione' })).toBeNull();
  });
});

describe('a table of the company’s own under a record', () => {
  const tables: Seed = {
    'crm.record_type': [{ id: id(80), key: 'rival', parent_entity: 'crm.party', labels: { it: 'Macchina della concorrenza' }, plural_labels: { it: 'Macchine della concorrenza' } }],
    'crm.field_definition': [
      { id: id(81), entity: 'crm.custom_record', record_type: 'rival', key: 'marca', kind: 'text', labels: { it: 'Marca' }, required: true },
      { id: id(82), entity: 'crm.custom_record', record_type: 'rival', key: 'anno', kind: 'number', labels: { it: 'Anno' }, position: 2 },
    ],
    'crm.custom_record': [{ id: id(85), type: 'rival', parent_id: ROSSI, root_id: ROSSI, name: 'P-100', custom: { marca: '"Norlam"', anno: '2019' } }],
  };

  it('shows its rows, and takes a new one once what is required is there', async () => {
    const { engine } = await mount(rossi, { seed: seed({}, tables) });
    expect(screen.getByText('Norlam')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi: Macchina della concorrenza' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: 'Nome' }), 'K-7');
    expect(dialog.getByRole('button', { name: 'Salva' })).toHaveProperty('disabled', true);
    await userEvent.type(dialog.getByRole('textbox', { name: 'Marca' }), 'Kessler');
    expect(await violations()).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Salva' }));
    await waitFor(() =>
      expect(engine.queue()[0]?.body).toMatchObject({ op: 'create', entity: 'crm.custom_record', fields: { type: 'rival', parent_id: ROSSI, name: 'K-7', custom: { marca: '"Kessler"' } } }),
    );
    expect(await screen.findByText('Kessler')).toBeDefined();
  });

  it('a row is changed and taken away', async () => {
    const { engine } = await mount(rossi, { seed: seed({}, tables) });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica P-100' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.clear(dialog.getByRole('textbox', { name: 'Anno' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ custom: { anno: null } }));
    await userEvent.click(screen.getByRole('button', { name: 'Modifica P-100' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Togli' }));
    await waitFor(() => expect(screen.queryByText('Norlam')).toBeNull());
  });
});

const of = (entity: string, key: string, more: Partial<FieldDefinition> = {}) => ({ ...field(key, 'text', more), entity });

describe('custom fields in forms', () => {
  it('of a contact are typed with it, and only the touched ones are written', async () => {
    const { engine } = await mount(rossi, {
      seed: seed({}, {
        'crm.field_definition': [of('crm.contact_point', 'reparto'), of('crm.contact_point', 'interno'), of('crm.contact_point', 'totale', { kind: 'formula', result: 'number' })],
        'crm.contact_point': [{ id: id(40), party_id: ROSSI, kind: 'phone', value: '059 1234', custom: { reparto: '"Acquisti"' } }],
      }),
    });
    await userEvent.click(screen.getByRole('tab', { name: /Contatti/ }));
    await userEvent.click(await screen.findByRole('button', { name: 'Modifica 059 1234' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByRole('textbox', { name: 'reparto' })).toHaveProperty('value', 'Acquisti');
    expect(dialog.queryByRole('textbox', { name: 'totale' })).toBeNull();
    await userEvent.type(dialog.getByRole('textbox', { name: 'interno' }), '12{Enter}');
    await waitFor(() => expect(engine.queue().map((item) => item.body.fields)).toEqual([{ custom: { interno: '"12"' } }]));
  });

  it('that are required are asked for by quick add, the others when they are wanted', async () => {
    const { engine } = await mount(<QuickAdd />, {
      seed: seed({}, { 'crm.field_definition': [of('crm.activity', 'esito', { required: true }), of('crm.activity', 'motivo', { default_value: '"Visita"' }), of('crm.activity', 'zona')] }),
    });
    act(() => openQuickAdd({ kind: 'activity', party_id: ROSSI }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: /Oggetto/ }), 'Prezzi');
    expect(dialog.getByRole('button', { name: 'Salva' })).toHaveProperty('disabled', true);
    await userEvent.type(await dialog.findByRole('textbox', { name: /^esito/ }), 'buono');
    expect(dialog.queryByRole('textbox', { name: 'zona' })).toBeNull();
    await userEvent.click(dialog.getByRole('button', { name: 'Altri campi (2)' }));
    await userEvent.type(dialog.getByRole('textbox', { name: 'zona' }), 'Nord');
    expect(await violations()).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toMatchObject({ subject: 'Prezzi', custom: { esito: '"buono"', motivo: '"Visita"', zona: '"Nord"' } }));
    closeQuickAdd();
  });

  it('of an activity are changed from its list; without any nothing is offered', async () => {
    const activity = { 'crm.activity': [{ id: id(20), party_id: ROSSI, kind: 'call' as const, subject: 'Richiamare', state: 'planned' as const }] };
    const bare = await mount(<Customer params={{ id: ROSSI }} />, { seed: seed({}, activity) });
    await userEvent.click(screen.getByRole('tab', { name: /Attività/ }));
    await screen.findByText('Richiamare');
    expect(screen.queryByRole('button', { name: 'Altri dati: Richiamare' })).toBeNull();
    bare.unmount();
    const { engine } = await mount(<Customer params={{ id: ROSSI }} />, { seed: seed({}, { ...activity, 'crm.field_definition': [of('crm.activity', 'zona')] }) });
    await userEvent.click(screen.getByRole('tab', { name: /Attività/ }));
    await userEvent.click(await screen.findByRole('button', { name: 'Altri dati: Richiamare' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.click(await dialog.findByRole('button', { name: /^zona/ }));
    await userEvent.type(dialog.getByLabelText('zona'), 'Nord{Enter}');
    await waitFor(() => expect(engine.queue().map((item) => item.body.fields)).toEqual([{ custom: { zona: '"Nord"' } }]));
  });
});
