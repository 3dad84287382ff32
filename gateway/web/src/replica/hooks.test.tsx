import { act, render, screen } from '@testing-library/react';
import { useLayoutEffect } from 'react';
import { expect, it } from 'vitest';
import type { Live, Replica } from './client';
import { ReplicaProvider, useCounts } from './hooks';

type Counts = Readonly<Record<string, number>>;

/** An answer that a test gives by hand. */
class Told implements Live<Counts> {
  listeners = new Set<() => void>();
  constructor(private answer?: Counts) {}
  get = () => this.answer;
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  say(answer: Counts) {
    this.answer = answer;
    for (const listener of this.listeners) listener();
  }
}

interface Shows {
  readonly field: 'state' | 'country';
  readonly onDraw?: () => void;
  /** Between the drawing and the listening. */
  readonly meanwhile?: () => void;
}

function Shown({ field, onDraw, meanwhile }: Shows) {
  const counts = useCounts('crm.party', field);
  onDraw?.();
  useLayoutEffect(() => {
    meanwhile?.();
  }, [meanwhile]);
  return <output>{JSON.stringify(counts)}</output>;
}
const on = (told: Readonly<Record<string, Told>>, shown: Shows) => (
  <ReplicaProvider value={{ watch: ({ field }: { readonly field: string }) => told[field] } as unknown as Replica}>
    <Shown {...shown} />
  </ReplicaProvider>
);
const text = () => screen.getByRole('status').textContent;

it('an answer that is there is drawn at once, and once', () => {
  const state = new Told({ customer: 3 });
  let drawn = 0;
  render(on({ state }, { field: 'state', onDraw: () => (drawn += 1) }));
  expect(text()).toBe('{"customer":3}');
  expect(drawn).toBe(1);
});

it('an answer that comes after the drawing and before the listening is not missed', () => {
  const state = new Told();
  render(on({ state }, { field: 'state', meanwhile: () => state.say({ customer: 4 }) }));
  expect(text()).toBe('{"customer":4}');
});

it('another question is never answered with what was said to the one before, nor told of it', async () => {
  const told = { state: new Told({ customer: 3 }), country: new Told() };
  const { rerender } = render(on(told, { field: 'state' }));
  rerender(on(told, { field: 'country' }));
  expect(text()).toBe('{}');
  expect(told.state.listeners.size).toBe(0);
  act(() => told.country.say({ IT: 5 }));
  expect(text()).toBe('{"IT":5}');
});
