import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { RecordOf } from '../../replica';
import type { Seed } from '../../replica/fixture';
import { likely, nextAlternative, obstacle, previousHash, type About, type Command } from './actions';
import Offer from './Offer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [OFFER, REVISION, LINE, PRICE, BUDGET, WON] = [id(20), id(30), id(40), id(50), id(51), id(52)];
type State = RecordOf<'offers.offer'>['state'];
type RevisionState = RecordOf<'offers.revision'>['state'];

const seed = (state: State, revisionState: RevisionState = 'frozen'): Seed => ({
  'crm.party': [{ id: id(10), name: 'Officine Rossi' }],
  'crm.contact_point': [{ id: id(11), party_id: id(10), kind: 'email', value: 'acquisti@rossi.example', preferred: true }],
  'offers.offer': [{ id: OFFER, party_id: id(10), number: 'OFF-2026-00123', title: 'Pressa', state }],
  'offers.revision': [{ id: REVISION, offer_id: OFFER, ordinal: 1, state: revisionState, currency: 'EUR', total: '122.00', sha256: 'ab'.padEnd(64, '0') }],
  'offers.line': [{ id: LINE, revision_id: REVISION, kind: 'item', quantity: '1', unit_price: '100', vat_rate: '22' }],
  'offers.reason': [
    { id: PRICE, code: 'PRICE', outcome: 'lost', texts: { it: 'Prezzo', en: 'Price' }, position: 10 },
    { id: id(53), code: 'OLD', outcome: 'lost', texts: { it: 'Vecchio', en: 'Old' }, inactive: true },
    { id: BUDGET, code: 'BUDGET', outcome: 'suspended', texts: { it: 'In attesa di budget', en: 'Waiting' } },
    { id: WON, code: 'SERVICE', outcome: 'won', texts: { it: 'Assistenza', en: 'Service' } },
  ],
});
const offer = <Offer params={{ id: OFFER }} />;
const choose = async (name: RegExp) => {
  await userEvent.click(screen.getByRole('button', { name: 'Altre azioni' }));
  await userEvent.click(await screen.findByRole('menuitem', { name }));
};
const pick = async (label: string, option: string) => {
  await userEvent.click(screen.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};

describe('an offer that ends', () => {
  it('is lost with its reason, the competitor and the price, which stand there from then on', async () => {
    const { engine } = await mount(offer, { seed: seed('sent', 'sent') });
    await choose(/^Persa/);
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByRole('button', { name: 'Persa' })).toHaveProperty('disabled', true);
    await userEvent.click(within(dialog).getByRole('combobox', { name: 'Motivo' }));
    expect(screen.queryByRole('option', { name: 'Vecchio' })).toBeNull();
    await userEvent.click(await screen.findByRole('option', { name: 'Prezzo' }));
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Concorrente' }), 'Norlam');
    await userEvent.type(within(dialog).getByRole('textbox', { name: /Prezzo del concorrente/ }), '61.500,50');
    expect(await violations()).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Persa' }));
    await screen.findByText('Offerta persa');
    expect(engine.queue()[0]?.body).toMatchObject({
      command: 'lose',
      request: { reason_id: PRICE, competitor: 'Norlam', competitor_price: '61500.50', note: '' },
    });
    const outcome = await screen.findByRole('region', { name: 'Esito' });
    for (const text of ['Prezzo', 'Norlam', '61.500,50']) expect(outcome.textContent).toContain(text);
    expect(screen.getByRole('button', { name: 'Riapri' })).toBeDefined();
  });

  it('is suspended without a reason, and taken up again', async () => {
    const { engine } = await mount(offer, { seed: seed('ready') });
    await choose(/^Sospendi/);
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Sospendi' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Riprendi' }));
    await screen.findByText('Offerta di nuovo in lavorazione');
    expect(engine.queue().map((item) => item.body.command)).toEqual(['suspend', 'resume']);
  });

  it('is explained afterwards: why it was won', async () => {
    const { engine } = await mount(offer, { seed: seed('ordered', 'accepted') });
    await userEvent.click(screen.getByRole('button', { name: 'Motivo dell’esito' }));
    await pick('Motivo', 'Assistenza');
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Motivo dell’esito' }));
    await screen.findByText('Motivo registrato');
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'explain', request: { reason_id: WON } });
  });

  it('says of what is not possible why not', async () => {
    await mount(offer, { seed: seed('draft', 'draft'), language: 'en' });
    await userEvent.click(screen.getByRole('button', { name: 'More actions' }));
    const lost = await screen.findByRole('menuitem', { name: /^Lost/ });
    expect(lost.textContent).toContain('Only while the offer is: Ready, Sent, In negotiation');
    expect(lost).toHaveProperty('disabled', true);
    expect(screen.getByRole('menuitem', { name: /^Send to the customer/ }).textContent).toContain('Only while the revision is: Frozen');
    expect(await violations()).toEqual([]);
  });

  it('has no reason to choose on a device that holds none, and says so', async () => {
    await mount(offer, { seed: { ...seed('sent', 'sent'), 'offers.reason': [] } });
    await choose(/^Annulla l’offerta/);
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('non ci sono motivi');
    expect(within(dialog).getByRole('button', { name: 'Annulla l’offerta' })).toHaveProperty('disabled', true);
  });
});

describe('a frozen revision', () => {
  it('goes by mail to the customer’s address, with the synchronisation', async () => {
    const { engine } = await mount(offer, { seed: seed('ready') });
    await userEvent.click(screen.getByRole('button', { name: 'Invia al cliente' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByDisplayValue('acquisti@rossi.example')).toBeDefined();
    expect(await violations()).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Invia' }));
    await screen.findByText(/la mail parte/);
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'send', request: { to: 'acquisti@rossi.example' } });
    expect(screen.getByText('Pronta')).toBeDefined();
  });

  it('was sent by hand: the offer is sent at once', async () => {
    const { engine } = await mount(offer, { seed: seed('ready') });
    await userEvent.click(screen.getByRole('button', { name: 'Invia al cliente' }));
    await userEvent.click(await screen.findByRole('radio', { name: 'L’ho già inviata io' }));
    await userEvent.click(screen.getByRole('button', { name: 'Segna come inviata' }));
    await screen.findByText('Segnata come inviata');
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'send', request: { by_hand: true } });
    expect(screen.getAllByText('Inviata').length).toBeGreaterThan(0);
  });

  it('is withdrawn: the offer is in work again, because nothing else can be accepted', async () => {
    await mount(offer, { seed: seed('sent', 'sent') });
    await choose(/^Ritira la revisione/);
    await screen.findByText('Revisione ritirata');
    await waitFor(() => expect(screen.getByText('In lavorazione')).toBeDefined());
  });

  it('has another alternative beside it, with the next letter', async () => {
    const { engine } = await mount(offer, { seed: seed('ready') });
    await choose(/^Nuova alternativa/);
    await screen.findByText(/^Nuova alternativa chiesta/);
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'revise', request: { alternative: 'B' } });
  });

  it('tells that its mail did not leave', async () => {
    const given = seed('ready');
    const failed = { ...given, 'offers.revision': [{ ...given['offers.revision']?.[0], sending_failure: 'casella non collegata' }] } as Seed;
    await mount(offer, { seed: failed });
    expect(screen.getByText(/L’e-mail non è partita: casella non collegata/)).toBeDefined();
  });
});

describe('what may be done', () => {
  const about = (state: State, revisionState: RevisionState, more: Partial<About> = {}): About => {
    const revision = { id: REVISION, state: revisionState, alternative: '', valid_until: '' } as RecordOf<'offers.revision'>;
    return { offer: { state, accepted_revision_id: '', outcome_reason_id: '' } as RecordOf<'offers.offer'>, revision, revisions: [revision], lines: 1, missing: [], isRefused: false, today: '2026-11-29', ...more };
  };
  it.each<[Command, State, RevisionState, Partial<About>, string | undefined]>([
    ['freeze', 'unspecified', 'unspecified', {}, undefined],
    ['freeze', 'in_work', 'draft', { lines: 0 }, 'REVISION_EMPTY'],
    ['freeze', 'in_work', 'draft', { missing: ['SPREAD_STALE'] }, 'SPREAD_STALE'],
    ['freeze', 'in_work', 'draft', { isRefused: true }, 'LINES_REFUSED'],
    ['freeze', 'sent', 'frozen', {}, 'TRANSITION_NOT_ALLOWED'],
    ['send', 'negotiation', 'sent', {}, undefined],
    ['accept', 'sent', 'superseded', {}, 'REVISION_NOT_CURRENT'],
    ['accept', 'ready', 'draft', {}, 'REVISION_NOT_FROZEN'],
    ['lose', 'draft', 'draft', {}, 'TRANSITION_NOT_ALLOWED'],
    ['reopen', 'expired', 'frozen', {}, undefined],
    ['revise', 'in_work', 'draft', {}, 'DRAFT_EXISTS'],
    ['revise', 'ordered', 'accepted', {}, 'OFFER_CLOSED'],
  ])('%s while the offer is %s and the revision %s', (command, state, revisionState, more, reason) => {
    expect(obstacle(command, about(state, revisionState, more))?.reason).toBe(reason);
  });

  it('an offer is not accepted after its last day, and is on that day', () => {
    const given = about('sent', 'sent');
    const until = (valid_until: string) => ({ ...given, revision: { ...given.revision, valid_until } });
    expect(obstacle('accept', until('2026-11-28'))?.reason).toBe('OFFER_EXPIRED');
    expect(obstacle('accept', until('2026-11-29'))).toBeNull();
  });

  it('the likely steps are those that are possible', () => {
    expect(likely(about('ready', 'frozen'))).toEqual(['send', 'accept']);
    expect(likely(about('in_work', 'draft', { lines: 0 }))).toEqual(['freeze']);
    expect(likely(about('cancelled', 'frozen'))).toEqual([]);
  });

  it('letters and hashes follow the revisions', () => {
    const revision = (n: number, fields: Partial<RecordOf<'offers.revision'>>) => ({ id: id(n), alternative: '', sha256: '', based_on_id: '', ...fields }) as RecordOf<'offers.revision'>;
    const [first, second, third] = [revision(1, { sha256: 'aa' }), revision(2, { based_on_id: id(1) }), revision(3, { based_on_id: id(2), alternative: 'B' })];
    expect(nextAlternative([first, second, third])).toBe('C');
    expect(previousHash(third, [first, second, third])).toBe('aa');
    expect(previousHash(first, [first])).toBe('');
  });
});

/** The offer before a server that prints, and what it was asked for. */
const printed = async (given: Seed, facts = {}) => {
  const asked: string[] = [];
  const made = await mount(offer, {
    seed: given,
    facts,
    ask: (_, path) => {
      asked.push(path);
      return Promise.resolve({ name: 'OFF-2026-00123-rev-1.pdf', type: 'application/pdf', content: new ArrayBuffer(8) });
    },
  });
  return { ...made, asked };
};

describe('an offer on paper', () => {
  const ADDRESS = `/v1/offers/revisions/${REVISION}:print`;

  it('is the server’s PDF of the frozen revision, in the language of the revision', async () => {
    const { asked } = await printed(seed('sent', 'sent'));
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await screen.findByText('Scaricato: OFF-2026-00123-rev-1.pdf');
    expect(asked).toContain(ADDRESS);
    expect(await violations()).toEqual([]);
  });

  it('says of a draft that it is one, and waits for changes that the server has not', async () => {
    const { asked, replica, settled } = await printed(seed('in_work', 'draft'));
    await userEvent.click(screen.getByRole('button', { name: 'Stampa la bozza in PDF' }));
    await screen.findByText(/^Scaricato/);
    await replica.author.remove('offers.line', LINE);
    await settled();
    await userEvent.click(screen.getByRole('button', { name: 'Stampa la bozza in PDF' }));
    await screen.findByText(/non ha ancora le tue modifiche/);
    expect(asked.filter((path) => path === ADDRESS)).toHaveLength(1);
  });

  it('says without a network why there is no paper', async () => {
    const { asked } = await printed(seed('sent', 'sent'), { offline_since: '2026-11-29T09:41:00Z' });
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await screen.findByText(/quando torna la rete/);
    expect(asked).not.toContain(ADDRESS);
  });
});
