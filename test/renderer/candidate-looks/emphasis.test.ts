import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attention, isCrowded, lineWeight } from '../../../src-renderer/candidate-looks/emphasis.ts';

const PLAIN: Attention = {
  isControl: false,
  isTied: false,
  isSelected: false,
  isPinned: false,
  isHovered: false,
};

describe('isCrowded', () => {
  it.each([
    [[3, 2, 3, 2, 2], false],
    [[4], true],
    [[3, 3, 3, 3, 3, 3, 3], true],
    [[], false],
  ])('says of families of %j: %s', (sizes, crowded) => {
    expect(isCrowded(sizes)).toBe(crowded);
  });
});

describe('lineWeight', () => {
  it('keeps the colour of tied, selected and pinned candidates in a crowded pool, and of no other', () => {
    for (const name of ['isTied', 'isSelected', 'isPinned', 'isHovered'] as const)
      expect(lineWeight({ ...PLAIN, [name]: true }, true, false).isColoured).toBe(true);
    expect(lineWeight(PLAIN, true, false)).toEqual({ isColoured: false, width: 1, opacity: 0.8 });
    expect(lineWeight(PLAIN, false, false).isColoured).toBe(true);
  });

  it('draws no thin and no faint line in high contrast', () => {
    expect(lineWeight(PLAIN, true, false, true)).toEqual({ isColoured: false, width: 1.5, opacity: 1 });
    expect(lineWeight({ ...PLAIN, isTied: true }, false, false, true).width).toBe(2.25);
  });

  it('draws the hovered line widest and lets all others step back', () => {
    const attention = fc.record({
      isControl: fc.boolean(),
      isTied: fc.boolean(),
      isSelected: fc.boolean(),
      isPinned: fc.boolean(),
      isHovered: fc.constant(false),
    });
    fc.assert(
      fc.property(attention, fc.boolean(), (other, crowded) => {
        const hovered = lineWeight({ ...other, isHovered: true }, crowded, true);
        const resting = lineWeight(other, crowded, true);
        return resting.width < hovered.width && resting.opacity === 0.35;
      }),
    );
  });
});
