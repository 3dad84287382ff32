import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { TimeField } from './TimeField';

type Told = (value: string | null) => void;

function Form({ told, readOnly = false }: { readonly told: Told; readonly readOnly?: boolean }) {
  const [value, setValue] = useState<string | null>('14:30');
  return (
    <TimeField
      label="Dalle"
      readOnly={readOnly}
      value={value}
      onChange={(found) => {
        told(found);
        setValue(found);
      }}
    />
  );
}
const field = () => screen.getByRole('textbox', { name: 'Dalle' });

describe('a time in a form', () => {
  it.each(['it', 'en'] as const)('stands in 24 hours and is typed as one likes (%s)', async (language) => {
    const told = vi.fn<Told>();
    await mount(<Form told={told} />, { language });
    expect(field()).toHaveProperty('value', '14:30');
    await userEvent.clear(field());
    expect(told).toHaveBeenLastCalledWith('');
    await userEvent.type(field(), '930');
    expect(told).toHaveBeenLastCalledWith('09:30');
    expect(field()).toHaveProperty('value', '930');
    await userEvent.tab();
    expect(field()).toHaveProperty('value', '09:30');
    expect(await violations()).toEqual([]);
  });

  it('goes to the next quarter of an hour and back by the arrows, of what was just typed too', async () => {
    const told = vi.fn<Told>();
    await mount(<Form told={told} />);
    await userEvent.type(field(), '{ArrowUp}{ArrowUp}');
    expect(field()).toHaveProperty('value', '15:00');
    await userEvent.clear(field());
    await userEvent.type(field(), '21.20{ArrowDown}');
    expect(field()).toHaveProperty('value', '21:15');
    expect(told).toHaveBeenLastCalledWith('21:15');
    // With Alt they go to the next record, with Shift they choose text.
    await userEvent.type(field(), '{Alt>}{ArrowDown}{/Alt}{Shift>}{ArrowUp}{/Shift}');
    expect(field()).toHaveProperty('value', '21:15');
  });

  it.each([
    ['it', /^Non è un’ora/],
    ['en', /^Not a time/],
  ] as const)('says what is no time once one leaves it, and that nothing is known of it (%s)', async (language, said) => {
    const told = vi.fn<Told>();
    await mount(<Form told={told} />, { language });
    await userEvent.clear(field());
    await userEvent.type(field(), '25:00');
    expect(field().getAttribute('aria-invalid')).not.toBe('true');
    await userEvent.tab();
    expect(told).toHaveBeenLastCalledWith(null);
    expect(field()).toHaveProperty('value', '25:00');
    expect(field().getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(said)).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('is not changed by the arrows where it may only be read', async () => {
    const told = vi.fn<Told>();
    await mount(<Form told={told} readOnly />);
    await userEvent.type(field(), '{ArrowUp}');
    expect(told).not.toHaveBeenCalled();
    expect(field()).toHaveProperty('value', '14:30');
  });
});
