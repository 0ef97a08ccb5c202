/* What is compiled once for every kind of vectors: products, and programs over rows. */
#ifndef ESPALIER_KERNELS_H
#define ESPALIER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* The operations of row programs, numbered as in row-operations.ts. */
enum row_operation {
  COPY_ROW, NEGATE, EXP, LOG, SQRT, SQUARE, ERF, TANH, SIGMOID, RELU, POSITIVE,
  ADD, SUBTRACT, MULTIPLY, DIVIDE, MINIMUM, MAXIMUM,
  ROW_SUM, ROW_LARGEST, ROW_DOT, ROW_MEAN, ROW_INVERSE_DEVIATION, COLUMN_SUM,
  GATHER, ONE_HOT, PICK
};

/* Bits of an instruction's form: which operands are one number a row instead of a row of numbers. */
enum { A_IS_NUMBER = 1, B_IS_NUMBER = 2, RESULT_IS_NUMBER = 4 };

/* Words of an operand and of an instruction: operation, form, constant, result, a, b. */
enum { OPERAND_WORDS = 5, INSTRUCTION_WORDS = 3 + 3 * OPERAND_WORDS };

/* What of a product is known to be zero, and left out: causal attention has half of its scores for nothing. */
enum triangle {
  NO_TRIANGLE,
  RESULT_IS_LOWER, /* nobody needs C above the diagonal; whole tiles there are set to zero */
  A_IS_LOWER,      /* A is zero above the diagonal */
  A_IS_UPPER       /* A is zero below it */
};

struct product_sizes {
  int m, n, k;
  float alpha;
  int accumulate;
  int triangle;
  int first_row, first_column; /* of the whole product, where only a part of it is computed */
};

struct kernels {
  const char *name;
  int lanes; /* numbers in one vector */
  int tile_rows, tile_columns; /* of a product's result */
  size_t product_scratch; /* words of scratch memory that a thread needs for products */

  /*
   * C[m × n] = alpha · A[m × k]·B[k × n] (+ bias[n] in every row) (+ C where `accumulate`). Element (i, p) of A is at
   * a[i·a_row + p·a_column], of B alike; columns of C are next to each other. The order of every sum depends on k
   * alone, so cutting m or n into parts changes no bit.
   */
  void (*product)(const struct product_sizes *sizes, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,
                  const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float *c, ptrdiff_t c_row, const float *bias,
                  float *scratch);

  /*
   * Runs `count` instructions over rows [first, last) in blocks of `block` rows. An operand is five words: memory,
   * offset, divisor, modulus, stride. Row r of it is at memories[memory] + offset + (r / divisor % modulus)·stride, or,
   * where memory is −1, in the registers at offset + (r − first row of the block)·stride. COLUMN_SUM adds to
   * `partial` + offset instead, at (r / divisor % modulus)·stride; its memory word is not used.
   */
  void (*run_rows)(const int32_t *instructions, int count, int columns, int first, int last, int block,
                   float *const *memories, float *registers, float *partial);
};

#endif
