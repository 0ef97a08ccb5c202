/** Names of the inputs and outputs of the training programs, besides those of the parameters themselves. */
import type { StepScalars } from './adamw.ts';

export const momentMName = (parameter: string): string => `adam.m.${parameter}`;
export const momentVName = (parameter: string): string => `adam.v.${parameter}`;
export const gradientName = (parameter: string): string => `gradient.${parameter}`;
/** Sum of the gradients of the parts of a batch so far. */
export const gradientSumName = (parameter: string): string => `sum.${parameter}`;
export const nextName = (input: string): string => `next.${input}`;

/** Names of a group's scalar inputs; those of the first group have no number. */
const scalarName = (scalar: keyof StepScalars, group: number): string =>
  group === 0 ? scalar : `${scalar}.${group}`;

/** Graph inputs for the scalars of every group: [groups, 3] names in feeding order. */
export const scalarNames = (groupCount: number): Record<keyof StepScalars, string>[] =>
  Array.from({ length: groupCount }, (_, group) => ({
    learningRate: scalarName('learningRate', group),
    correction1: scalarName('correction1', group),
    correction2: scalarName('correction2', group),
  }));
