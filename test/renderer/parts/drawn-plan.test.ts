import { describe, expect, it } from 'vitest';
import { drawnPlan, KEPT_DRAWINGS } from '../../../src-renderer/parts/plan-glyph/drawn-plan.ts';

describe('drawnPlan', () => {
  it('gives one drawing for the same plan and size, and others for other sizes and depths', () => {
    const row = drawnPlan('0 1 0* 1*', 2, 12);
    expect(drawnPlan('0 1 0* 1*', 2, 12)).toBe(row);
    expect(drawnPlan('0 1 0* 1*', 2, 34)).not.toEqual(row);
    expect(drawnPlan('0 1 0* 1*', 4, 12)).not.toEqual(row);
  });

  it('has wires on cards only, one for each source layer', () => {
    expect(drawnPlan('0 1 2', 3, 12)?.shape.wires).toEqual([]);
    expect(drawnPlan('0 1 2', 3, 34)?.shape.wires).toHaveLength(3);
  });

  it('keeps rows within 144 px and cards within 240 px', () => {
    const plan = Array.from({ length: 60 }, (_, index) => index % 30).join(' ');
    expect(drawnPlan(plan, 30, 12)?.shape.width).toBeLessThanOrEqual(144);
    expect(drawnPlan(plan, 30, 34)?.shape.width).toBeLessThanOrEqual(240);
  });

  it('is null for the name of a control', () => {
    expect(drawnPlan('scratch', 4, 12)).toBeNull();
  });

  it('forgets the oldest drawing when it holds too many', () => {
    const first = drawnPlan('1 0', 2, 12);
    for (let index = 0; index < KEPT_DRAWINGS; index++) drawnPlan(`0~0.${index + 1}`, 2, 12);
    expect(drawnPlan('1 0', 2, 12)).not.toBe(first);
    expect(drawnPlan('1 0', 2, 12)).toEqual(first);
  });
});
