import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readViewAddress, viewAddress } from '../../../src-renderer/dynamics/view-address.ts';
import { FIRST_VIEW, SHOWN_PARTS } from '../../../src-renderer/dynamics/view-state.ts';
import { X_QUANTITIES } from '../../../src-renderer/dynamics/x-scale.ts';

const PATH = '#/study/x/dynamics';

describe('viewAddress', () => {
  it('is read back, whatever strategies are called, and keeps the growing point', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e7 }),
        fc.constantFrom(...X_QUANTITIES),
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 5 }),
        fc.constantFrom(...SHOWN_PARTS),
        (lag, x, selected, show) => {
          const address = viewAddress(`${PATH}?policy=lag&point=1&k=3`, {
            ...FIRST_VIEW,
            show,
            lag,
            x,
            selected,
          });
          const found = { ...FIRST_VIEW, ...readViewAddress(address) };
          expect(found).toEqual({ ...FIRST_VIEW, show, lag, x, selected });
          expect(address).toContain('policy=lag&point=1');
        },
      ),
    );
  });

  it('names the part only where it is said, and one there is', () => {
    expect(readViewAddress(`${PATH}?show=curves`).show).toBe('curves');
    expect(readViewAddress(PATH).show).toBeUndefined();
    expect(readViewAddress(`${PATH}?show=nonsense`).show).toBeUndefined();
  });

  it('is the plain address for the first view', () => {
    expect(viewAddress(`${PATH}?k=3&sel=a`, FIRST_VIEW)).toBe(PATH);
  });
});

describe('readViewAddress', () => {
  it('leaves out what cannot be read', () => {
    expect(readViewAddress(`${PATH}?k=-3&x=miles&sel=`)).toEqual({});
    expect(readViewAddress(PATH)).toEqual({});
  });
});
