import { describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../src-main/contract/compute.ts';
import type { DeviceObstacle, DeviceTrial } from '../../src-main/contract/measured-devices.ts';
import { chooseDevice, graphSizesToTry } from '../../src-main/service/choose-device.ts';

/** Steps per second of a device by its number of candidates in one graph; text is why it cannot train. */
type Rates = Partial<Record<ComputeDevice, Readonly<Record<number, number | string>>>>;

async function choose(rates: Rates) {
  const tried: string[] = [];
  const result = await chooseDevice({
    devices: Object.keys(rates) as ComputeDevice[],
    sizes: (device) => Object.keys(rates[device]!).map(Number),
    attempt: async (device, together): Promise<DeviceTrial | DeviceObstacle> => {
      tried.push(`${device} ${together}`);
      const rate = rates[device]![together]!;
      if (typeof rate === 'string') return { device, together, reason: rate };
      return {
        device,
        together,
        trainers: 1,
        threads: 1,
        millisecondsPerStep: 1000 / rate,
        stepsPerSecond: rate,
      };
    },
  });
  return { ...result, tried };
}

describe('chooseDevice', () => {
  it('takes the device on which candidates take most steps a second, and says why others are out', async () => {
    const { chosen, trials, obstacles } = await choose({
      cpu: { 1: 100 },
      webgpu: { 1: 'no adapter' },
      cuda: { 1: 300 },
      'tfjs-wasm': { 1: 2 },
    });
    expect(chosen).toEqual({ device: 'cuda', together: 1 });
    expect(trials.map(({ device }) => device)).toEqual(['cpu', 'cuda', 'tfjs-wasm']);
    expect(obstacles).toEqual([{ device: 'webgpu', together: 1, reason: 'no adapter' }]);
  });

  it('tries interpreters only where nothing else trains', async () => {
    const { tried, obstacles } = await choose({ reference: { 1: 2 }, cpu: { 1: 100 }, 'tfjs-cpu': { 1: 1 } });
    expect(tried).toEqual(['cpu 1']);
    expect(obstacles.map(({ device }) => device)).toEqual(['reference', 'tfjs-cpu']);
    expect(obstacles[0]!.reason).toMatch(/^left out: /);
    const { chosen } = await choose({ reference: { 1: 2 }, cpu: { 1: 'too large' }, 'tfjs-cpu': { 1: 1 } });
    expect(chosen.device).toBe('reference');
  });

  it('tries more candidates in one graph, and keeps the number that serves each best', async () => {
    const { chosen } = await choose({ cpu: { 1: 100, 4: 180, 16: 150 } });
    expect(chosen).toEqual({ device: 'cpu', together: 4 });
    expect((await choose({ cpu: { 1: 100, 4: 90, 16: 80 } })).chosen.together).toBe(1);
  });

  it('lets a device that idles with one candidate win with many', async () => {
    const { chosen } = await choose({ cpu: { 1: 100, 2: 90 }, cuda: { 1: 40, 4: 150, 16: 500 } });
    expect(chosen).toEqual({ device: 'cuda', together: 16 });
  });

  it('does not try more on a device that cannot win with them', async () => {
    const { tried } = await choose({ cpu: { 1: 100 }, 'tfjs-wasm': { 1: 10, 4: 40, 16: 160 } });
    expect(tried).toEqual(['cpu 1', 'tfjs-wasm 1', 'tfjs-wasm 16']);
  });

  it('stays with fewer where more fail, and takes the first of equal ones', async () => {
    const { chosen, obstacles } = await choose({ cpu: { 1: 100 }, cuda: { 1: 100, 16: 'out of memory' } });
    expect(chosen).toEqual({ device: 'cpu', together: 1 });
    expect(obstacles).toEqual([{ device: 'cuda', together: 16, reason: 'out of memory' }]);
  });

  it('refuses when no device can train, with the reason of each', async () => {
    await expect(choose({ cpu: { 1: 'too large' }, cuda: { 1: 'no driver' } })).rejects.toMatchObject({
      code: 'refused',
      message: 'no device can train this study: cpu: too large; cuda: no driver',
    });
  });
});

describe('graphSizesToTry', () => {
  const question = { asked: undefined, parameters: 10_000, candidates: 40, trainers: 2, canShare: true };

  it('goes from one to as many as all trainers can be given, with one number between', () => {
    expect(graphSizesToTry('cpu', question)).toEqual([1, 4, 16]);
    expect(graphSizesToTry('cuda', { ...question, candidates: 12, trainers: 1 })).toEqual([1, 3, 12]);
    expect(graphSizesToTry('cpu', { ...question, candidates: 12, trainers: 4 })).toEqual([1, 2, 3]);
    expect(graphSizesToTry('cpu', { ...question, candidates: 3, trainers: 8 })).toEqual([1]);
  });

  it('keeps to what is held, shared, possible and asked for', () => {
    expect(graphSizesToTry('cuda', { ...question, parameters: 16_000_000 })).toEqual([1, 2, 4]);
    expect(graphSizesToTry('cuda', { ...question, parameters: 80_000_000 })).toEqual([1]);
    expect(graphSizesToTry('cpu', { ...question, canShare: false })).toEqual([1]);
    expect(graphSizesToTry('reference', question)).toEqual([1]);
    expect(graphSizesToTry('reference', { ...question, asked: 8 })).toEqual([1]);
    expect(graphSizesToTry('cpu', { ...question, asked: 8 })).toEqual([8]);
  });
});
