import type { ReactNode } from 'react';
import styles from './Section.module.css';

/** A titled part of a screen. */
export function Section({
  title,
  count,
  actions,
  children,
}: {
  readonly title: string;
  readonly count?: number | undefined;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          {title}
          {count !== undefined && count > 0 && <span className={styles.count}>{count}</span>}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** Rows of a section. */
export function Items({ children }: { readonly children: ReactNode }) {
  return <ul className={styles.items}>{children}</ul>;
}

/** Nothing in a section: one quiet line. */
export function Quiet({ children }: { readonly children: ReactNode }) {
  return <p className={styles.quiet}>{children}</p>;
}
