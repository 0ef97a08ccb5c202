/** Copies of values: how what stays on a device is fetched where the runtime offers no other way. */
import { GraphBuilder } from '../graph/builder.ts';
import { graphOf } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';
import type { Shape } from '../tensor/shape.ts';

/** Every value under the name `next.NAME`. */
export function copyProgram(shapes: ReadonlyMap<string, Shape>): Program {
  const b = new GraphBuilder();
  const outputs = new Map([...shapes].map(([name, shape]) => [`next.${name}`, b.input(name, shape)]));
  return {
    name: 'copy',
    graph: graphOf(outputs),
    carried: [],
    fixed: [...shapes.keys()],
    sequence: [],
    results: [...outputs.keys()],
  };
}
