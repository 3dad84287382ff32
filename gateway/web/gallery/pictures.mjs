// What the gallery shows: an address, and what is done there before the picture is taken.
const search = (text) => (page) => page.getByRole('searchbox').fill(text);
const click = (it, en) => (page, { language }) =>
  page.getByRole('button', { name: language === 'it' ? it : en, exact: true }).first().click();
const tab = (it, en) => (page, { language }) => page.getByRole('tab', { name: new RegExp(language === 'it' ? it : en) }).click();
const press = (key) => (page) => page.keyboard.press(key);
const item = (it, en) => (page, { language }) => page.getByRole('menuitem', { name: new RegExp(`^${language === 'it' ? it : en}`) }).click();
const choose = (it, en) => (page, { language }) => page.locator('[role=dialog] label').getByText(language === 'it' ? it : en, { exact: true }).first().click();
const PARTY = '/customers/01900001-0000-7000-8000-000000000000';
const LONG_PARTY = '/customers/01900001-0000-7000-8000-000000000007';
const offer = (n) => `/offers/01900005-0000-7000-8000-${String(n).padStart(12, '0')}`;
const record = (list, kind, n) => `/${list}/0190${String(kind).padStart(4, '0')}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const line = async (page) => {
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
};

/** `only`: the size at which there is something of its own to see. */
export const pictures = [
  { name: 'today', path: '/today' },
  { name: 'today-reminders', path: '/today#reminders' },
  { name: 'today-empty', path: '/today?parties=0' },
  { name: 'customers', path: '/customers' },
  { name: 'customers-filtered', path: '/customers', steps: [search('rossi'), click('Stato', 'State')] },
  { name: 'customers-chosen', path: '/customers', steps: [(page) => page.getByRole('grid').focus(), press('Space'), press('ArrowDown'), press('Space')] },
  { name: 'customers-views', path: '/customers', steps: [click('Viste', 'Views')] },
  { name: 'customers-view', path: '/customers', steps: [click('Viste', 'Views'), item('Salva come vista', 'Save as a view')] },
  { name: 'customers-nothing', path: '/customers', steps: [search('zzz')] },
  { name: 'customers-empty', path: '/customers?parties=0' },
  { name: 'customer', path: PARTY },
  { name: 'customer-activities', path: PARTY, steps: [tab('Attività', 'Activities')] },
  { name: 'customer-facts', path: PARTY, steps: [(page) => page.getByRole('tab', { name: /^(Dati|Facts)$/ }).click()], only: 'phone' },
  { name: 'customer-offers', path: PARTY, steps: [tab('Offerte', 'Offers')] },
  { name: 'customer-opportunities', path: PARTY, steps: [tab('Opportunità', 'Opportunities')] },
  { name: 'customer-mail', path: PARTY, steps: [tab('E-mail', 'Mail'), (page) => page.getByText('Tempi di consegna della pressa').first().click()] },
  { name: 'customer-people', path: PARTY, steps: [tab('Contatti', 'Contacts')] },
  { name: 'customer-contacts', path: LONG_PARTY, steps: [tab('Contatti', 'Contacts')] },
  { name: 'customer-missing', path: '/customers/nobody' },
  // Of the customer on view: before it is there, the dialog asks for one.
  { name: 'quick-add', path: PARTY, steps: [(page) => page.locator('#content h1').waitFor(), press('n')] },
  { name: 'quick-add-customer', path: '/customers', steps: [press('n'), choose('Cliente', 'Customer'), (page) => page.locator('[role=dialog] input[type=text], [role=dialog] input:not([type])').first().fill('Officine Rossi')] },
  { name: 'activities', path: '/activities' },
  { name: 'calendar', path: '/calendar' },
  { name: 'calendar-day', path: '/calendar?view=day' },
  { name: 'calendar-month', path: '/calendar?view=month' },
  { name: 'calendar-colleague', path: '/calendar?view=week&with=01900009-0000-7000-8000-000000000002' },
  { name: 'calendar-entry', path: '/calendar', steps: [(page) => page.getByRole('button', { name: /Riunione vendite/ }).first().click()] },
  { name: 'calendar-empty', path: '/calendar?parties=0' },
  { name: 'quick-add-entry', path: '/calendar', steps: [press('n'), choose('Impegno', 'Entry')] },
  { name: 'offers', path: '/offers' },
  { name: 'offers-board', path: '/offers?as=board' },
  { name: 'offer', path: offer(0), steps: [line] },
  { name: 'offer-lookup', path: offer(0), steps: [(page) => page.getByRole('grid').focus(), press('Control+Space')] },
  { name: 'offer-charge', path: offer(0), steps: [click('Modifica Trasporto e scarico', 'Edit Trasporto e scarico'), (page) => page.waitForTimeout(400)] },
  { name: 'offer-more', path: offer(1), steps: [click('Altre azioni', 'More actions')] },
  { name: 'offer-lose', path: offer(1), steps: [click('Altre azioni', 'More actions'), item('Persa', 'Lost')] },
  { name: 'offer-send', path: offer(3), steps: [click('Invia al cliente', 'Send to the customer')] },
  { name: 'offer-lost', path: offer(6) },
  { name: 'offer-frozen', path: offer(1) },
  { name: 'offer-ordered', path: offer(5) },
  { name: 'opportunities', path: '/opportunities' },
  { name: 'opportunities-board', path: '/opportunities?as=board' },
  { name: 'opportunity', path: record('opportunities', 22, 0) },
  { name: 'opportunity-lose', path: record('opportunities', 22, 0), steps: [click('Persa', 'Lost')] },
  { name: 'shapes', path: '/shapes' },
  { name: 'shapes-field', path: '/shapes', steps: [click('Modifica Settore', 'Edit Sector')] },
  { name: 'shapes-form', path: '/shapes', steps: [click('Modifica Per tutti', 'Edit Per tutti')] },
  { name: 'machine', path: record('installed', 10, 0) },
  { name: 'request', path: record('requests', 11, 0) },
  { name: 'installed', path: '/installed' },
  { name: 'requests', path: '/requests' },
  { name: 'dashboards', path: '/dashboards', steps: [(page) => page.locator('svg.marks').first().waitFor()] },
  { name: 'dashboards-arranged', path: '/dashboards', steps: [click('Disponi', 'Arrange')] },
  { name: 'dashboards-behind', path: '/dashboards', steps: [(page) => page.locator('tfoot button').first().click()] },
  { name: 'dashboards-actions', path: '/dashboards', steps: [click('Azioni sul cruscotto', 'Actions on the dashboard')] },
  { name: 'dashboards-ready-made', path: '/dashboards/01900009-0000-7000-8000-000000000101', steps: [click('Azioni sul cruscotto', 'Actions on the dashboard')] },
  { name: 'dashboards-rename', path: '/dashboards', steps: [click('Azioni sul cruscotto', 'Actions on the dashboard'), item('Rinomina', 'Rename')] },
  { name: 'reports', path: '/dashboards/saved?reports', steps: [(page) => page.locator('svg.marks').first().waitFor()] },
  { name: 'reports-actions', path: '/dashboards/saved?reports', steps: [(page) => page.getByRole('button', { name: /^(Azioni|Actions): / }).first().click()] },
  { name: 'reports-schedule', path: '/dashboards/saved?reports', steps: [(page) => page.getByRole('button', { name: /^(Azioni|Actions): / }).first().click(), item('Invio periodico', 'Scheduled sending')] },
  { name: 'reports-edit', path: `/dashboards/edit?reports&of=crm/01900009-0000-7000-8000-000000000001`, steps: [(page) => page.locator('svg.marks').first().waitFor()] },
  { name: 'reports-new', path: '/dashboards/new', steps: [(page) => page.getByLabel(/Che cosa si conta|What is counted/).selectOption({ index: 1 })] },
  { name: 'reports-put', path: '/dashboards/saved?reports', steps: [(page) => page.getByRole('button', { name: /^(Azioni|Actions): / }).first().click(), item('Metti su un nuovo cruscotto', 'Put on a new dashboard')] },
  { name: 'today-unsent', path: '/today?reports' },
  { name: 'settings', path: '/settings' },
  { name: 'sync', path: '/sync' },
  { name: 'sync-partial', path: '/sync', steps: [(page, { language }) => page.getByRole('radio', { name: language === 'it' ? /Solo quello/ : /Only what/ }).click(), (page, { language }) => page.getByRole('checkbox', { name: language === 'it' ? 'Catalogo' : 'Catalogue' }).click()] },
  { name: 'sync-waiting', path: '/sync?waiting' },
  { name: 'sync-conflict', path: '/sync?conflict' },
  { name: 'sync-empty', path: '/sync?parties=0' },
  { name: 'closed', path: '/today?closed' },
  { name: 'help', path: '/today', steps: [press('?')] },
  { name: 'search', path: '/today', steps: [press('Control+k'), (page) => page.getByRole('combobox').fill('rossi'), (page) => page.getByText('Torneria Rossini S.r.l.').waitFor()] },
  { name: 'not-found', path: '/nowhere' },
];
