/**
 * Milliseconds each shipped strategy takes to grow a model to twice its depth, against a plain copy of the target's
 * bytes (parameters and both moments) into fresh arrays. The aim is a ratio of at most 2 for strategies that draw
 * no random values; those that do also pay for the normal distribution.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { grow } from '../../src-main/growth/grow.ts';
import { parsePresetFiles } from '../../src-main/growth/preset-files.ts';
import { initialParameters } from '../../src-main/model/parameter-layout.ts';
import { cloneTensors, zerosLike } from '../../src-main/tensor/tensor-map.ts';
import type { BenchOptions } from './run.ts';
import { STEP_SIZES } from './step-sizes.ts';

export interface GrowthRow {
  readonly size: string;
  readonly strategy: string;
  /** Best of the rounds. */
  readonly minMs: number;
  readonly copyMs: number;
  readonly ratioToCopy: number;
  readonly drawsRandom: boolean;
}

const DEFAULT_SIZES = ['64/4/64/8', '128/4/64/16', '256/6/128/16'];

export async function benchGrowth({ json, sizes, rounds }: BenchOptions): Promise<void> {
  const folder = resolve(import.meta.dirname, '../../resources/strategies');
  const strategies = parsePresetFiles(
    readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') })),
  );
  for (const size of sizes.length > 0 ? sizes : DEFAULT_SIZES) {
    const architecture = STEP_SIZES[size]?.architecture;
    if (!architecture) throw new Error(`no size ${size}; sizes are ${Object.keys(STEP_SIZES).join(', ')}`);
    const parameters = initialParameters(architecture, 1);
    const moments = { m: zerosLike(parameters), v: zerosLike(parameters) };
    const targetLayers = 2 * architecture.layers;
    const targetParameters = initialParameters({ ...architecture, layers: targetLayers }, 1);
    const target = [targetParameters, zerosLike(targetParameters), zerosLike(targetParameters)];
    const copyMs = best(rounds, () => target.map(cloneTensors));
    for (const [name, strategy] of strategies) {
      let drawsRandom = false;
      const minMs = best(rounds, () => {
        const source = { architecture, parameters, moments };
        const grown = grow({ source, targetLayers, strategy, seed: 1, repeat: 0 });
        drawsRandom = grown.lineage.some(({ kind, noise }) => kind === 'random' || noise > 0);
      });
      const row: GrowthRow = {
        size,
        strategy: name,
        minMs: rounded(minMs),
        copyMs: rounded(copyMs),
        ratioToCopy: rounded(minMs / copyMs),
        drawsRandom,
      };
      print(row, json);
    }
  }
}

/** Best time of `rounds` runs after a warm-up, in milliseconds. */
function best(rounds: number, run: () => unknown): number {
  let result = Infinity;
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    run();
    if (round > 0) result = Math.min(result, performance.now() - start);
  }
  return result;
}

const rounded = (value: number): number => Number(value.toPrecision(3));

function print(row: GrowthRow, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(row)}\n`);
  const columns = [
    row.size.padEnd(14),
    row.strategy.padEnd(14),
    `${row.minMs.toFixed(3).padStart(9)} ms`,
    `copy ${row.copyMs.toFixed(3).padStart(8)} ms`,
    `ratio ${row.ratioToCopy.toFixed(2).padStart(6)}`,
    row.drawsRandom ? 'draws random values' : '',
  ];
  process.stdout.write(`${columns.join('  ').trimEnd()}\n`);
}
