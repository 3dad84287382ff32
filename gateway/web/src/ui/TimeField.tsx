/**
 * A time of the day, typed and shown in 24 hours: the browser's own field speaks the browser's language, with AM and PM.
 * The arrows go to the next quarter of an hour and to the one before.
 */
import { TextInput, type TextInputProps } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { useTexts } from '../i18n/texts';
import { dateTexts } from './dateTexts';
import { nextQuarter, parseTime } from './times';

export interface TimeFieldProps extends Omit<TextInputProps, 'value' | 'onChange' | 'type'> {
  /** "14:30"; '' for none, null for what was typed and is no time. */
  readonly value: string | null;
  /** Told at each key: '' for an empty field, null while what was typed is no time. */
  readonly onChange: (value: string | null) => void;
}

export function TimeField({ value, onChange, error, onBlur, onKeyDown, ...given }: TimeFieldProps) {
  const t = useTexts(dateTexts);
  /** What stands in the field while it is not what `value` says. */
  const [typed, setTyped] = useState<string | null>(null);
  const [isJudged, setIsJudged] = useState(false);
  const found = typed === null ? value : read(typed);
  const change = (wanted: string) => {
    setTyped(wanted);
    setIsJudged(false);
    onChange(read(wanted));
  };
  const step = (to: 1 | -1) => {
    if (found === null) return setIsJudged(true);
    setTyped(null);
    onChange(nextQuarter(found, to));
  };
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (isPlain && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      if (given.disabled !== true && given.readOnly !== true) step(event.key === 'ArrowUp' ? 1 : -1);
    } else if (event.key === 'Enter' && found === null) {
      event.preventDefault();
      setIsJudged(true);
    }
    onKeyDown?.(event);
  };
  const leave = () => {
    if (found === null) setIsJudged(true);
    else setTyped(null);
  };
  return (
    <TextInput
      placeholder={t('pattern_clock')}
      autoComplete="off"
      // The digits of a phone are enough: 930 is half past nine.
      inputMode="numeric"
      {...given}
      error={isJudged && found === null ? t('wrong_clock') : error}
      value={typed ?? value ?? ''}
      aria-keyshortcuts="ArrowUp ArrowDown"
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={pressed}
      onBlur={(event) => {
        leave();
        onBlur?.(event);
      }}
    />
  );
}

const read = (text: string) => (text.trim() === '' ? '' : parseTime(text));
