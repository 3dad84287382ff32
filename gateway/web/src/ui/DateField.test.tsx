import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { DateField } from './DateField';
import { InlineField } from './InlineField';

function Form({ told, withTime = false }: { readonly told: (value: string | null) => void; readonly withTime?: boolean }) {
  const [value, setValue] = useState('2026-03-27');
  return (
    <DateField
      label="Scadenza"
      withTime={withTime}
      value={value}
      onChange={(found) => {
        told(found);
        setValue(found ?? '');
      }}
    />
  );
}
const field = () => screen.getByRole('textbox', { name: 'Scadenza' });

describe('a day in a form', () => {
  it('stands in the user’s language, is typed in it, and tells what it means', async () => {
    const told = vi.fn<(value: string | null) => void>();
    await mount(<Form told={told} />);
    expect(field()).toHaveProperty('value', '27/03/2026');
    await userEvent.clear(field());
    expect(told).toHaveBeenLastCalledWith('');
    await userEvent.type(field(), '31-12-26');
    expect(told).toHaveBeenLastCalledWith('2026-12-31');
    await userEvent.tab();
    expect(field()).toHaveProperty('value', '31/12/2026');
    expect(await violations()).toEqual([]);
  });

  it('says what is no day once one leaves it, and that nothing is known of it', async () => {
    const told = vi.fn<(value: string | null) => void>();
    await mount(<Form told={told} />, { language: 'en' });
    await userEvent.clear(field());
    await userEvent.type(field(), '31/02/2026');
    expect(field().getAttribute('aria-invalid')).not.toBe('true');
    await userEvent.tab();
    expect(told).toHaveBeenLastCalledWith(null);
    expect(field()).toHaveProperty('value', '31/02/2026');
    expect(field().getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(/^Not a date/)).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('has the browser’s calendar behind a button and Alt+ArrowDown', async () => {
    const opened = vi.fn<() => void>();
    // The test's browser has no picker.
    Object.defineProperty(HTMLInputElement.prototype, 'showPicker', { value: opened, configurable: true });
    await mount(<Form told={vi.fn<(value: string | null) => void>()} />);
    await userEvent.click(screen.getByRole('button', { name: 'Apri il calendario' }));
    await userEvent.type(field(), '{Alt>}{ArrowDown}{/Alt}');
    expect(opened).toHaveBeenCalledTimes(2);
    Reflect.deleteProperty(HTMLInputElement.prototype, 'showPicker');
  });
});

const inline = (onSave: (value: string) => void) => <InlineField label="Scadenza" type="date" value="2026-03-27" shown="27/03/2026" onSave={onSave} />;
const begin = () => userEvent.click(screen.getByRole('button', { name: /Scadenza/ }));

describe('a day that is changed where it stands', () => {
  it('is kept by Enter, and not before it makes sense', async () => {
    const saved = vi.fn<(value: string) => void>();
    await mount(inline(saved));
    await begin();
    await userEvent.clear(field());
    await userEvent.type(field(), '31/02/2026{Enter}');
    expect(screen.getByText(/^Non è una data/)).toBeDefined();
    expect(saved).not.toHaveBeenCalled();
    await userEvent.clear(field());
    await userEvent.type(field(), '1.4.2026{Enter}');
    expect(saved.mock.calls).toEqual([['2026-04-01']]);
  });

  it('is left as it was by Esc, and by leaving it untouched', async () => {
    const saved = vi.fn<(value: string) => void>();
    await mount(inline(saved));
    await begin();
    await userEvent.type(field(), '9{Escape}');
    await begin();
    await userEvent.tab();
    expect(saved).not.toHaveBeenCalled();
    expect(screen.getByRole('button', { name: /Scadenza/ })).toBeDefined();
  });
});
