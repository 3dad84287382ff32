/** Invented records, the same at every run: a maker of presses and saws, its customers, its offers. */
import { USER_ID, type Seed } from '../src/replica/fixture';

const id = (kind: number, n: number) =>
  `0190${String(kind).padStart(4, '0')}-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const PARTY = (n: number) => id(1, n);
export const OFFER = (n: number) => id(5, n);

const SOUTH = id(9, 2);
const FIRST = ['Officine', 'Carpenteria', 'Meccanica', 'Industrie', 'Costruzioni Metalliche', 'Lattoneria', 'Serramenti', 'Torneria'];
const NAMES = ['Rossi', 'Bianchi', 'Ferrari', 'Colombo', 'Ricci', 'Marino', 'Galli', 'Conti', 'Mancini', 'Lombardi', 'Moretti', 'Barbieri', 'Fontana', 'Santoro', 'Rinaldi'];
const FORMS = ['S.r.l.', 'S.p.A.', 'S.n.c.', '& Figli S.r.l.', '& C. S.a.s.'];
const CITIES = [['Modena', 'MO'], ['Bologna', 'BO'], ['Reggio nell’Emilia', 'RE'], ['Brescia', 'BS'], ['Vicenza', 'VI'], ['Torino', 'TO'], ['Padova', 'PD'], ['San Giovanni in Persiceto', 'BO']] as const;
const PEOPLE = ['Anna Conti', 'Luca Ferri', 'Paola Grandi', 'Giorgio Neri', 'Elena Costa'];
const MACHINES = ['Pressa piegatrice PX-200', 'Segatrice a nastro automatica SN-330 con scaricatore', 'Centro di lavoro CL-5', 'Calandra a quattro rulli C4-2500'];
const pick = <T,>(list: readonly T[], n: number): T => list[n % list.length] as T;

/** Return the records of a salesperson's copy, dated around `now`. */
export function seed(parties: number, now: Date): Seed {
  const at = (days: number, hour = 9) => {
    const moment = new Date(now);
    moment.setDate(moment.getDate() + days);
    moment.setHours(hour, (Math.abs(days) * 5) % 60, 0, 0);
    return moment.toISOString();
  };
  const day = (days: number) => at(days).slice(0, 10);
  const range = (count: number) => Array.from({ length: count }, (_, n) => n);
  return {
    'identity.user': [
      { id: USER_ID, user_name: 'sales.north', display_name: 'Giulia Nord' },
      { id: SOUTH, user_name: 'sales.south', display_name: 'Marco Sud' },
    ],
    'crm.party': range(parties).map((n) => ({
      id: PARTY(n),
      name: n === 7 ? 'Kunststoff- und Maschinenbaugesellschaft Oberösterreich GmbH & Co. KG' : `${pick(FIRST, n * 3)} ${pick(NAMES, n)} ${pick(FORMS, n * 7 + Math.floor(n / 15))}`,
      kind: 'company' as const,
      state: pick(['customer', 'customer', 'prospect', 'customer', 'qualified', 'inactive'] as const, n),
      roles: [pick(['customer', 'customer', 'prospect', 'dealer'] as const, n)],
      vat_number: n === 7 ? 'ATU12345675' : `IT${String(10_000_000_000 + n * 7_919).slice(0, 11)}`,
      tax_code: '',
      sdi_code: pick(['M5UXCR1', 'KRRH6B9', 'T04ZHR3'], n),
      pec: n % 3 === 0 ? `ditta${n}@pec.example` : '',
      country: n === 7 ? 'AT' : 'IT',
      language: n === 7 ? 'de' : 'it',
      website: `https://www.ditta${n}.example`,
      erp_code: n % 6 === 2 ? '' : `C${String(n + 1).padStart(5, '0')}`,
      credit_state: pick(['open', 'open', 'limited', 'open', 'open', 'open', 'open', 'blocked'] as const, n),
      payment_terms: '30/60 gg d.f. fine mese',
      notes: n === 0 ? 'Stanno ampliando il capannone: la nuova linea parte a primavera.' : '',
      owner_id: n % 3 === 0 ? SOUTH : USER_ID,
      updated_at: at(-(n % 90)),
      custom: n % 2 === 0 ? { ore: String(180 + n * 12.5), settore: '"metal"', contratto: 'true', scadenza: `"${day(90 + n)}"`, budget: '{"amount":"120000.00","currency":"EUR"}', presse: String(1 + (n % 4)) } : {},
    })),
    'crm.address': range(parties).flatMap((n) => {
      const [city, province] = pick(CITIES, n);
      const legal = { id: id(2, n * 2), party_id: PARTY(n), kind: 'legal' as const, street: `Via dell’Industria ${n + 1}`, postal_code: '41100', city, province, country: 'IT' };
      const site = { ...legal, id: id(2, n * 2 + 1), kind: 'site' as const, label: 'Capannone 2', street: 'Via del Lavoro 14' };
      return n === 0 ? [legal, site] : [legal];
    }),
    'crm.contact_point': range(Math.min(parties, 60)).flatMap((n) => [
      { id: id(3, n * 3), party_id: PARTY(n), kind: 'email' as const, value: `acquisti@ditta${n}.example`, person_name: pick(PEOPLE, n), label: 'Ufficio acquisti', preferred: true },
      { id: id(3, n * 3 + 1), party_id: PARTY(n), kind: 'mobile' as const, value: '+39 335 1234567', person_name: pick(PEOPLE, n), label: 'Ufficio acquisti' },
      { id: id(3, n * 3 + 2), party_id: PARTY(n), kind: 'phone' as const, value: '+39 059 123456', person_name: pick(PEOPLE, n + 1), label: 'Officina' },
    ]),
    'crm.appointment':
      parties === 0
        ? []
        : [
            { id: id(16, 1), subject: 'Dal dentista', owner_id: USER_ID, starts_at: weekday(now, 2, 17, 30), ends_at: weekday(now, 2, 18, 15) },
            { id: id(16, 2), subject: 'Ferie', owner_id: USER_ID, starts_on: weekday(now, 4, 12).slice(0, 10), ends_on: weekday(now, 5, 12).slice(0, 10) },
          ],
    'crm.calendar_feed': parties === 0 ? [] : [{ id: id(17, 1), name: 'Telefono', active: true, rotated_at: at(-40) }],
    'crm.activity': [
      ...planned(parties === 0 ? [] : WEEK, now),
      ...range(Math.min(parties, 90)).map((n) => {
      const done = n % 3 === 2;
      return {
        id: id(4, n),
        party_id: PARTY(n % 17),
        kind: pick(['call', 'visit', 'task', 'meeting', 'mail'] as const, n),
        subject: pick(['Richiamare per la pressa', 'Sopralluogo in officina', 'Mandare le schede tecniche', 'Presentazione della linea nuova al responsabile acquisti', 'Conferma della data di consegna'], n),
        due_at: at(done ? -n : (n % 14) - 3, 8 + (n % 9)),
        ...(done && { outcome: 'Interessati, ci sentiamo a inizio mese' }),
        state: done ? ('done' as const) : ('planned' as const),
        owner_id: USER_ID,
        created_at: at(-n),
        updated_at: at(-n),
      };
    })],
    ...shapes(parties),
    'crm.opportunity_stage': parties === 0 ? [] : STAGES.map(([it, en, state, probability], n) => ({ id: id(20, n), code: en, state, texts: { it, en }, probability, position: n * 10 })),
    'crm.loss_reason': parties === 0 ? [] : [{ id: id(21, 0), code: 'PRICE', outcome: 'lost' as const, texts: { it: 'Prezzo', en: 'Price' } }],
    'crm.opportunity': range(Math.min(parties, 36)).map((n) => {
      const state = pick(['open', 'open', 'quoting', 'open', 'won', 'quoting', 'lost', 'open', 'dropped'] as const, n);
      const stage = state === 'open' ? n % 3 : state === 'quoting' ? 3 + (n % 2) : -1;
      return {
        id: id(22, n),
        party_id: PARTY(n % 11),
        title: pick(['Pressa per la nuova linea', 'Sostituzione della segatrice', 'Isola di taglio automatica con magazzino', 'Contratto di manutenzione'], n),
        state,
        stage_id: stage < 0 ? '' : id(20, stage),
        value: String(18_000 + n * 7_350),
        currency: 'EUR',
        expected_close: day((n % 20) * 6 - 12),
        competitor: n % 3 === 0 ? 'Norlam Maschinenbau' : '',
        source: pick(['Fiera', 'Passaparola', 'Sito'], n),
        owner_id: n % 3 === 1 ? SOUTH : USER_ID,
        ...(state === 'lost' && { reason_id: id(21, 0), outcome_note: 'Consegna in otto settimane.' }),
      };
    }),
    'crm.relationship': parties === 0 ? [] : [
      { id: id(23, 0), party_id: PARTY(0), kind: 'subsidiary_of' as const, other_id: PARTY(7) },
      { id: id(23, 1), party_id: PARTY(3), kind: 'dealer_of' as const, other_id: PARTY(0), function: 'Area Emilia' },
    ],
    'mail.message': range(Math.min(parties, 6)).map((n) => ({
      id: id(24, n),
      party_id: PARTY(0),
      direction: n % 2 === 0 ? ('incoming' as const) : ('outgoing' as const),
      subject: pick(['Tempi di consegna della pressa', 'Offerta OFF-2026-00100 rev. 2', 'Re: collaudo presso la vostra sede e addestramento degli operatori'], n),
      from_name: pick(PEOPLE, n),
      to_addresses: ['acquisti@ditta0.example'],
      text: 'Buongiorno,\n\nconfermate la consegna entro marzo? La linea nuova parte ad aprile.\n\nCordiali saluti',
      dated_at: at(-n * 2, 10),
      attachment_count: n % 3 === 1 ? 1 : 0,
    })),
    'aftersales.warranty': range(Math.min(parties, 25)).map((n) => ({ id: id(25, n), installed_product_id: id(10, n), name: 'Garanzia di legge', terms: [], starts_on: day(-200 - n * 31), ends_on: day(530 - n * 62), conditions: 'Ricambi e manodopera' })),
    'aftersales.component': range(Math.min(parties, 3)).map((n) => ({ id: id(26, n), party_id: PARTY(0), installed_product_id: id(10, 0), description: pick(['Controllo numerico a 6 assi', 'Centralina idraulica', 'Barriera laser'], n), article_code: pick(['PX200-CNC', 'IDR-40', 'OPT-LAS'], n), serial_number: `C-${7_001 + n}`, quantity: '1', unit: 'pz', fitted_on: day(-200) })),
    'aftersales.task': range(Math.min(parties, 3)).map((n) => ({ id: id(27, n), request_id: id(11, 0), title: pick(['Ordinare la guarnizione', 'Sostituire la guarnizione del cilindro destro', 'Provare a piena pressione'], n), state: n === 0 ? ('done' as const) : ('open' as const), outcome: n === 0 ? 'Ordinata al fornitore' : '', due_at: at(n + 1, 12), position: n })),
    'crm.list_view': [
      { id: id(30, 1), entity: 'crm.party', name: 'Potenziali senza visita', filters: [{ name: 'state', values: ['prospect'] }], owner_id: USER_ID, visibility: 'mine' },
      { id: id(30, 2), entity: 'crm.party', name: 'Brescia e provincia', search: 'brescia', owner_id: USER_ID, visibility: 'everybody' },
      { id: id(30, 3), entity: 'crm.party', name: 'Clienti della fiera di Bologna', owner_id: SOUTH, visibility: 'everybody' },
    ],
    'crm.reminder': parties === 0 ? [] : [{ id: id(15, 1), text: 'Auguri a Officine Rossi per i 40 anni', due_at: at(-1), owner_id: USER_ID }],
    'crm.timeline_entry': range(Math.min(parties, 60)).map((n) => ({
      id: id(7, n),
      party_id: PARTY(n % 9),
      root_id: PARTY(n % 9),
      what: pick(['revision_sent', 'mail_received', 'activity_done', 'revision_frozen', 'request_opened', 'order_registered', 'product_delivered'], n),
      title: pick(['OFF-2026-00123 · Pressa piegatrice', 'Re: tempi di consegna', 'Sopralluogo in officina', 'OFF-2026-00118 rev. 2', 'RA-2026-0042 · Perdita d’olio', 'ORD-55012', 'PX-200 matr. 10233'], n),
      detail: n % 3 === 0 ? 'Interessati, ci sentiamo a inizio mese' : '',
      subject_entity: 'offers.offer',
      subject_id: OFFER(n % 12),
      happened_at: at(-Math.floor(n / 4), 17 - (n % 8)),
      by_id: n % 2 === 0 ? USER_ID : SOUTH,
    })),
    ...offers(Math.min(parties, 40), { at, day }),
    'offers.reason': parties === 0 ? [] : REASONS.map(([outcome, it, en], n) => ({ id: id(16, n), code: `R${n}`, outcome, texts: { it, en }, position: n })),
    'offers.price_list': parties === 0 ? [] : [{ id: id(17, 0), code: 'LIS-2026', name: 'Listino 2026', currency: 'EUR', source: 'standard' as const, standard: true }],
    'offers.price': parties === 0 ? [] : ARTICLES.map((_, n) => ({ id: id(18, n), price_list_id: id(17, 0), article_id: id(14, n), unit_price: pick(['68500', '12400', '31900', '1850', '48.65'], n) })),
    'aftersales.installed_product': range(Math.min(parties, 25)).map((n) => ({
      id: id(10, n),
      party_id: PARTY(n % 9),
      description: pick(MACHINES, n),
      model: pick(['PX-200', 'SN-330', 'CL-5', 'C4-2500'], n),
      serial_number: `${10_230 + n}`,
      article_code: pick(['PX200', 'SN330', 'CL5', 'C42500'], n),
      state: pick(['in_service', 'in_service', 'delivered', 'retired'] as const, n),
      delivered_on: day(-200 - n * 31),
      commissioned_on: n % 4 === 2 ? '' : day(-190 - n * 31),
    })),
    'aftersales.request': range(Math.min(parties, 30)).map((n) => ({
      id: id(11, n),
      party_id: PARTY(n % 9),
      installed_product_id: id(10, n % 25),
      number: `RA-2026-${String(42 + n).padStart(4, '0')}`,
      title: pick(['Perdita d’olio dal cilindro', 'Errore E21 all’avvio', 'Ricambio lama', 'Rumore anomalo del mandrino'], n),
      priority: pick(['normal', 'high', 'critical', 'low'] as const, n),
      state: pick(['new', 'in_progress', 'waiting_for_parts', 'resolved', 'assigned', 'closed'] as const, n),
      coverage: pick(['covered', 'not_covered', 'undecided'] as const, n),
      reported_at: at(-n, 10),
      response_due_at: at(-n + 1, 12),
      resolution_due_at: at((n % 9) - 2, 17),
      ...(n % 2 === 0 && { responded_at: at(-n, 11) }),
      assignee_id: n % 2 === 0 ? USER_ID : SOUTH,
    })),
  };
}

const STAGES = [
  ['Primo contatto', 'First contact', 'open', 10],
  ['Dimostrazione', 'Demonstration', 'open', 30],
  ['Specifica concordata', 'Specification agreed', 'open', 50],
  ['Preventivo', 'Quotation', 'quoting', 60],
  ['Trattativa', 'Negotiation', 'quoting', 80],
] as const;

/** Fields and a table that a company has added. */
function shapes(parties: number): Seed {
  if (parties === 0) return {};
  const field = (n: number, key: string, kind: 'number' | 'choice' | 'boolean' | 'date' | 'money' | 'formula', it: string, en: string, more = {}) => ({ id: id(18, 50 + n), entity: 'crm.party', key, kind, labels: { it, en }, position: n * 10, ...more });
  return {
    'crm.field_definition': [
      field(1, 'settore', 'choice', 'Settore', 'Sector', { choices: [{ key: 'metal', labels: { it: 'Carpenteria metallica', en: 'Metal work' } }, { key: 'wood', labels: { it: 'Legno', en: 'Wood' } }] }),
      field(2, 'ore', 'number', 'Ore di piega al mese', 'Bending hours a month', { minimum: '0', required: true }),
      field(3, 'presse', 'formula', 'Presse utili', 'Presses needed', { formula: 'ceil(custom.ore / 160)', result: 'number' }),
      field(4, 'budget', 'money', 'Budget dell’anno', 'Budget of the year'),
      field(5, 'contratto', 'boolean', 'Contratto di assistenza', 'Service contract'),
      field(6, 'scadenza', 'date', 'Scadenza del contratto', 'End of the contract'),
      { id: id(18, 70), entity: 'crm.custom_record', record_type: 'rival', key: 'marca', kind: 'choice', labels: { it: 'Marca', en: 'Brand' }, required: true, position: 10, choices: [{ key: 'norlam', labels: { it: 'Norlam' } }, { key: 'kessler', labels: { it: 'Kessler & Söhne' } }] },
      { id: id(18, 71), entity: 'crm.custom_record', record_type: 'rival', key: 'anno', kind: 'number', labels: { it: 'Anno', en: 'Year' }, position: 20 },
    ],
    'crm.form_layout': [
      { id: id(18, 80), entity: 'crm.party', name: 'Per tutti', sections: [
        { key: 'produzione', labels: { it: 'Produzione', en: 'Production' }, fields: [{ name: 'custom.settore' }, { name: 'custom.ore', required: 'state = "customer"' }, { name: 'custom.presse' }, { name: 'custom.budget' }] },
        { key: 'assistenza', labels: { it: 'Contratto', en: 'Contract' }, fields: [{ name: 'custom.contratto' }, { name: 'custom.scadenza', visible: 'custom.contratto' }] },
      ] },
    ],
    'crm.record_type': [{ id: id(18, 90), key: 'rival', parent_entity: 'crm.party', labels: { it: 'Macchina della concorrenza', en: 'Competitor’s machine' }, plural_labels: { it: 'Macchine della concorrenza', en: 'Competitors’ machines' } }],
    'crm.custom_record': [
      { id: id(18, 91), type: 'rival', parent_id: PARTY(0), root_id: PARTY(0), name: 'Pressa N-160', custom: { marca: '"norlam"', anno: '2014' } },
      { id: id(18, 92), type: 'rival', parent_id: PARTY(0), root_id: PARTY(0), name: 'Cesoia idraulica K-7', custom: { marca: '"kessler"', anno: '2009' } },
    ],
  };
}

/** An hour of a weekday (Monday 1) of this week. */
function weekday(now: Date, on: number, hour: number, minute = 0): string {
  const moment = new Date(now);
  moment.setDate(moment.getDate() - ((moment.getDay() + 6) % 7) + on - 1);
  moment.setHours(hour, minute, 0, 0);
  return moment.toISOString();
}

/** Weekday, from, to, kind, subject, customer, place, rule, whose. */
const WEEK = [
  [1, 9, 10, 'meeting', 'Riunione vendite', 0, 'Sala blu', 'FREQ=WEEKLY;BYDAY=MO', USER_ID],
  [1, 14, 16, 'visit', 'Sopralluogo per la linea di piegatura', 1, 'Modena', '', USER_ID],
  [2, 10, 11.5, 'call', 'Trattativa sulla segatrice automatica con scaricatore', 2, '', '', USER_ID],
  [2, 11, 12, 'meeting', 'Allineamento con l’ufficio tecnico', 3, 'Teams', '', USER_ID],
  [3, 8.5, 12.5, 'demonstration', 'Dimostrazione del centro di lavoro', 7, 'Linz', '', USER_ID],
  [3, 15, 15.25, 'call', 'Conferma trasporto', 4, '', '', USER_ID],
  [4, 9, 11, 'visit', 'Visita di un collega', 5, 'Brescia', '', SOUTH],
  [5, 16, 17, 'meeting', 'Punto della settimana', 0, '', 'FREQ=WEEKLY;BYDAY=FR', USER_ID],
] as const;

function planned(week: readonly (typeof WEEK)[number][], now: Date) {
  return week.map(([on, from, to, kind, subject, party, location, recurrence, owner], n) => ({
    id: id(18, n),
    party_id: PARTY(party),
    kind,
    subject,
    location,
    recurrence,
    time_zone: 'Europe/Rome',
    starts_at: weekday(now, on, Math.floor(from), (from % 1) * 60),
    ends_at: weekday(now, on, Math.floor(to), (to % 1) * 60),
    state: 'planned' as const,
    owner_id: owner,
  }));
}

interface Dates {
  readonly at: (days: number, hour?: number) => string;
  readonly day: (days: number) => string;
}

function offers(count: number, { at, day }: Dates): Seed {
  const states = ['in_work', 'sent', 'negotiation', 'ready', 'draft', 'ordered', 'lost', 'sent', 'accepted', 'suspended'] as const;
  const range = Array.from({ length: count }, (_, n) => n);
  const revisionState = (n: number) => (['in_work', 'draft'].includes(pick(states, n)) ? 'draft' : ['accepted', 'ordered'].includes(pick(states, n)) ? 'accepted' : 'frozen');
  return {
    'offers.offer': range.map((n) => ({
      id: OFFER(n),
      party_id: PARTY(n % 11),
      number: `OFF-2026-${String(100 + n).padStart(5, '0')}`,
      title: pick(MACHINES, n),
      state: pick(states, n),
      offer_date: day(-n * 3),
      contact_name: pick(PEOPLE, n),
      reference: 'Vs. richiesta del 12/10',
      owner_id: n % 3 === 1 ? SOUTH : USER_ID,
      ...(pick(states, n) === 'lost' && { outcome_reason_id: id(16, 0), competitor: 'Norlam Maschinenbau', competitor_price: '79900.00', outcome_note: 'Consegna in otto settimane, noi dodici.' }),
      ...(['ordered', 'accepted'].includes(pick(states, n)) && { order_id: id(8, n), accepted_revision_id: id(6, n * 2) }),
      updated_at: at(-n),
    })),
    'offers.order': range
      .filter((n) => ['ordered', 'accepted'].includes(pick(states, n)))
      .map((n) => ({ id: id(8, n), offer_id: OFFER(n), revision_id: id(6, n * 2), state: pick(states, n) === 'ordered' ? ('registered' as const) : ('sent' as const), number: pick(states, n) === 'ordered' ? `ORD-${55_000 + n}` : '', requested_at: at(-n) })),
    'offers.revision': range.flatMap((n) => {
      const [, lines_net, header_discount, taxable, vat, total, cost_total] = pick(FIGURES, n);
      const revision = {
        offer_id: OFFER(n),
        currency: 'EUR',
        language: 'it',
        valid_until: day((n % 12) - 2),
        payment_terms: '30 % all’ordine, 70 % a 30 gg dalla consegna',
        delivery_terms: 'Franco stabilimento (EXW Modena), 12 settimane',
        header_discounts: '3',
        lines_net,
        header_discount,
        taxable,
        vat_groups: [{ vat_rate: '22', natura: '', taxable, vat }],
        total,
        payable: total,
        balance: total,
        cost_total,
        margin_percent: '32.00',
      };
      const state = revisionState(n);
      const current = { ...revision, id: id(6, n * 2), ordinal: n === 0 ? 2 : 1, state: state as 'draft', ...(state !== 'draft' && { sha256: '3f8a1c'.padEnd(64, 'b'), frozen_at: at(-n) }) };
      const before = { ...revision, id: id(6, n * 2 + 1), ordinal: 1, state: 'superseded' as const, sha256: 'a91e'.padEnd(64, 'c'), frozen_at: at(-20) };
      return n === 0 ? [before, current] : [current];
    }),
    'offers.line': range.flatMap((n) =>
      LINES.map((line, place) => ({
        ...line,
        ...(line.code === 'PX200' && press(n)),
        id: id(12, n * 100 + place),
        revision_id: id(6, n * 2),
        position: (place + 1) * 10,
        vat_rate: line.kind === 'section' || line.kind === 'note' ? '' : '22',
        selected: false,
      })),
    ),
    'offers.charge': range.flatMap((n) => [
      { id: id(13, n * 2), revision_id: id(6, n * 2), position: 10, description: 'Trasporto e scarico', amount: '1500.00', mode: 'spread' as const, formula: 'fixed' as const, base: 'net' as const, vat: 'accessory' as const, net: '1500.00', spread_method: 'weight' as const, spread_shares: [{ line_id: id(12, n * 100 + 1), weight: '5000', amount: '842.70' }, { line_id: id(12, n * 100 + 2), weight: '3000', amount: '505.62' }, { line_id: id(12, n * 100 + 3), weight: '900', amount: '151.68' }] },
      { id: id(13, n * 2 + 1), revision_id: id(6, n * 2), position: 20, description: 'Collaudo e addestramento', mode: 'shown' as const, formula: 'per_day' as const, rate: '650', units: '2', base: 'net' as const, vat: 'accessory' as const, net: '1300.00' },
    ]),
    'offers.article': ARTICLES.map(([code, description, unit, list], n) => ({ id: id(14, n), code, description, unit, vat_rate: '22', family: 'Macchine', status: 'active' as const, weight_kg: list })),
  };
}

const REASONS = [
  ['lost', 'Prezzo', 'Price'],
  ['lost', 'Tempi di consegna', 'Delivery time'],
  ['lost', 'Rapporto con il concorrente', 'Relationship with the competitor'],
  ['suspended', 'In attesa di budget', 'Waiting for the budget'],
  ['cancelled', 'Progetto fermato dal cliente', 'Project stopped by the customer'],
  ['won', 'Assistenza', 'Service'],
] as const;

/**
 * Price and amount of the press, and what the kernel makes of the offer with its lines and charges: net of lines, header
 * discount, taxable, VAT, total; cost at 68 %.
 */
const FIGURES = [
  [['68500', '58567.50'], '73832.39', '-2214.97', '74417.42', '16371.83', '90789.25', '50603.85'],
  [['52300', '44716.50'], '59981.39', '-1799.44', '60981.95', '13416.03', '74397.98', '41467.73'],
  [['94800', '81054.00'], '96318.89', '-2889.57', '96229.32', '21170.45', '117399.77', '65435.94'],
  [['31250', '26718.75'], '41983.64', '-1259.51', '43524.13', '9575.31', '53099.44', '29596.41'],
  [['120400', '102942.00'], '118206.89', '-3546.21', '117460.68', '25841.35', '143302.03', '79873.26'],
] as const;

function press(n: number): { unit_price: string; list_price: string; amount: string } {
  const [[price, amount]] = pick(FIGURES, n);
  return { unit_price: price, list_price: price, amount };
}

const ARTICLES = [
  ['PX200', 'Pressa piegatrice PX-200, 200 t, 3.000 mm', 'pz', '5000'],
  ['PX200-CNC', 'Controllo numerico a 6 assi', 'pz', '40'],
  ['SN330', 'Segatrice a nastro automatica SN-330', 'pz', '3000'],
  ['UT-STD', 'Serie di utensili standard', 'ser', '120'],
  ['RIC-LAMA', 'Lama bimetallica 3.770 × 34', 'pz', '2'],
] as const;

const LINES = [
  { kind: 'section' as const, code: '', description: 'Linea di piegatura', quantity: '', unit: '', unit_price: '', discounts: '', amount: '' },
  { kind: 'item' as const, presence: 'standard' as const, code: 'PX200', description: 'Pressa piegatrice PX-200, 200 t, 3.000 mm', quantity: '1', unit: 'pz', unit_price: '68500', list_price: '68500', discounts: '10+5', amount: '58567.50' },
  { kind: 'item' as const, presence: 'standard' as const, code: 'PX200-CNC', description: 'Controllo numerico a 6 assi con programmazione grafica fuori linea', quantity: '1', unit: 'pz', unit_price: '12400', list_price: '12400', discounts: '10', amount: '11160.00' },
  { kind: 'item' as const, presence: 'standard' as const, code: 'UT-STD', description: 'Serie di utensili standard', quantity: '2', unit: 'ser', unit_price: '1850', discounts: '', amount: '3700.00', lock: 'price' as const },
  { kind: 'item' as const, presence: 'option' as const, code: 'OPT-LAS', description: 'Barriera laser di sicurezza', quantity: '1', unit: 'pz', unit_price: '4200', discounts: '', amount: '4200.00' },
  { kind: 'note' as const, code: '', description: 'Opere murarie e allacciamenti a carico del cliente.', quantity: '', unit: '', unit_price: '', discounts: '', amount: '' },
  { kind: 'section' as const, code: '', description: 'Ricambi', quantity: '', unit: '', unit_price: '', discounts: '', amount: '' },
  { kind: 'item' as const, presence: 'standard' as const, code: 'RIC-LAMA', description: 'Lama bimetallica 3.770 × 34', quantity: '12.5', unit: 'm', unit_price: '48.65', discounts: '33.42', amount: '404.89' },
];
