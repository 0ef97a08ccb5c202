/*
 * The product of BLIS and GotoBLAS (Goto & van de Geijn 2008): a tile of C stays in registers while a column of A and a
 * packed row of B pass by; B is packed in panels of one tile's width, in blocks that stay in the caches. A is read where
 * it lies when its rows are contiguous, and packed otherwise.
 */
#include "kernels.h"
#include "vectors.h"

#define TILE_VECTORS 2
#define TILE_COLUMNS (LANES * TILE_VECTORS)
#if LANES == 16
#define TILE_ROWS 12 /* 24 of 32 registers hold sums */
#elif LANES == 8
#define TILE_ROWS 6 /* 12 of 16 */
#else
#define TILE_ROWS 8 /* 16 of 32 */
#endif

#define BLOCK_K 256
#define BLOCK_N 512
#define BLOCK_M (144 / TILE_ROWS * TILE_ROWS)

#define PACKED_B (BLOCK_K * BLOCK_N)
#define PACKED_A (BLOCK_K * BLOCK_M + LANES)
#define TILE (TILE_ROWS * TILE_COLUMNS)
/* Words that packing one column of A writes. */
#define WIDEST ((TILE_ROWS + LANES - 1) / LANES * LANES)

#define PRODUCT_SCRATCH (PACKED_B + PACKED_A + TILE)

/* What is done with the sums of a tile. */
struct finish {
  float alpha;
  int accumulate;
  const float *bias; /* null: none */
};

#define UNROLL _Pragma("GCC unroll 16")

/* A kernel for `ROWS` rows of C; `A_AT` is element (i, p) of A. Rows of A that lie apart are `a_row` words apart. */
#define KERNEL(NAME, ROWS, A_AT)                                                                                     \
  static void NAME(int k, const float *a, ptrdiff_t a_row, const float *b, float *c, ptrdiff_t c_row,                \
                   const struct finish *finish) {                                                                    \
    vec sums[ROWS][TILE_VECTORS];                                                                                    \
    (void)a_row;                                                                                                     \
    UNROLL for (int i = 0; i < ROWS; i++) __builtin_prefetch(c + i * c_row, 1);                                      \
    UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] = splat(0);       \
    for (int p = 0; p < k; p++, b += TILE_COLUMNS) {                                                                 \
      vec row[TILE_VECTORS];                                                                                         \
      UNROLL for (int j = 0; j < TILE_VECTORS; j++) row[j] = load(b + j * LANES);                                    \
      UNROLL for (int i = 0; i < ROWS; i++) {                                                                        \
        const vec value = splat(A_AT);                                                                               \
        UNROLL for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] += value * row[j];                                  \
      }                                                                                                              \
    }                                                                                                                \
    const float alpha = finish->alpha;                                                                               \
    const float *bias = finish->bias;                                                                                \
    if (finish->accumulate)                                                                                          \
      UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < TILE_VECTORS; j++) {                          \
        float *to = c + i * c_row + j * LANES;                                                                       \
        store(to, load(to) + sums[i][j] * alpha);                                                                    \
      }                                                                                                              \
    else if (bias)                                                                                                   \
      UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < TILE_VECTORS; j++)                            \
        store(c + i * c_row + j * LANES, sums[i][j] * alpha + load(bias + j * LANES));                               \
    else                                                                                                             \
      UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < TILE_VECTORS; j++)                            \
        store(c + i * c_row + j * LANES, sums[i][j] * alpha);                                                        \
  }

#define KERNELS(ROWS)                                      \
  KERNEL(contiguous_##ROWS, ROWS, a[i * a_row + p])         \
  KERNEL(packed_##ROWS, ROWS, a[p * TILE_ROWS + i])

typedef void kernel(int, const float *, ptrdiff_t, const float *, float *, ptrdiff_t, const struct finish *);

KERNELS(1)
KERNELS(2)
KERNELS(3)
KERNELS(4)
KERNELS(5)
KERNELS(6)
#if TILE_ROWS > 6
KERNELS(7)
KERNELS(8)
#endif
#if TILE_ROWS > 8
KERNELS(9)
KERNELS(10)
KERNELS(11)
KERNELS(12)
#endif

#if TILE_ROWS > 8
#define TABLE(N)                                                                                         \
  {N##_1, N##_2, N##_3, N##_4, N##_5, N##_6, N##_7, N##_8, N##_9, N##_10, N##_11, N##_12}
#elif TILE_ROWS > 6
#define TABLE(N) {N##_1, N##_2, N##_3, N##_4, N##_5, N##_6, N##_7, N##_8}
#else
#define TABLE(N) {N##_1, N##_2, N##_3, N##_4, N##_5, N##_6}
#endif

static kernel *const CONTIGUOUS[TILE_ROWS] = TABLE(contiguous);
static kernel *const PACKED[TILE_ROWS] = TABLE(packed);

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

/* `width` columns of B, row after row, filled up with zeros to the width of a tile. */
static void pack_panel(int k, int width, const float *b, ptrdiff_t row, ptrdiff_t column, float *out) {
  if (column == 1 && width == TILE_COLUMNS) {
    for (int p = 0; p < k; p++, b += row, out += TILE_COLUMNS)
      for (int v = 0; v < TILE_VECTORS; v++) store(out + v * LANES, load(b + v * LANES));
    return;
  }
  /* In parts, so that the lines that are read across stay in the nearest cache. */
  for (int p = 0; p < k; p += LANES) {
    const int part = least(LANES, k - p);
    for (int c = 0; c < width; c++)
      for (int q = 0; q < part; q++) out[q * TILE_COLUMNS + c] = b[(p + q) * row + c * column];
    for (int q = 0; q < part; q++)
      for (int c = width; c < TILE_COLUMNS; c++) out[q * TILE_COLUMNS + c] = 0;
    out += part * TILE_COLUMNS;
  }
}

/* Panels of TILE_ROWS rows, column after column; places of rows that are not there hold anything. */
static void pack_a(int m, int k, const float *a, ptrdiff_t row, ptrdiff_t column, float *out) {
  for (int i = 0; i < m; i += TILE_ROWS) {
    const int height = least(TILE_ROWS, m - i);
    const float *panel = a + i * row;
    float *end = out + k * TILE_ROWS;
    if (row == 1 && i + WIDEST <= m) /* whole vectors: the next column overwrites what is too much */
      for (; out < end; panel += column, out += TILE_ROWS)
        for (int q = 0; q < TILE_ROWS; q += LANES) store(out + q, load(panel + q));
    else
      for (; out < end; panel += column, out += TILE_ROWS)
        for (int q = 0; q < height; q++) out[q] = panel[q * row];
  }
}

/* A tile at the right edge goes through a whole one beside. */
static void finish_narrow(const float *whole, int rows, int columns, float *c, ptrdiff_t c_row,
                          const struct finish *finish) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      const float value = whole[i * TILE_COLUMNS + j] * finish->alpha;
      float *to = c + i * c_row + j;
      *to = finish->accumulate ? *to + value : finish->bias ? value + finish->bias[j] : value;
    }
}

/* Zeros where a tile of the result has nothing to compute. */
static void clear_tile(int rows, int columns, float *c, ptrdiff_t c_row) {
  for (int i = 0; i < rows; i++, c += c_row)
    if (columns == TILE_COLUMNS)
      for (int j = 0; j < TILE_VECTORS; j++) store(c + j * LANES, splat(0));
    else
      for (int j = 0; j < columns; j++) c[j] = 0;
}

static void product(const struct product_sizes *sizes, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,
                    const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float *c, ptrdiff_t c_row, const float *bias,
                    float *scratch) {
  float *packed_b = scratch, *packed_a = packed_b + PACKED_B, *whole = packed_a + PACKED_A;
  const struct finish plain = {.alpha = 1};
  const int contiguous = a_column == 1;
  const int m = sizes->m, n = sizes->n, k = sizes->k, shape = sizes->triangle;
  for (int n0 = 0; n0 < n; n0 += BLOCK_N) {
    const int columns = least(BLOCK_N, n - n0);
    for (int k0 = 0; k0 < k; k0 += BLOCK_K) {
      const int depth = least(BLOCK_K, k - k0);
      struct finish finish = {.alpha = sizes->alpha, .accumulate = sizes->accumulate || k0 > 0};
      for (int m0 = 0; m0 < m; m0 += BLOCK_M) {
        const int rows = least(BLOCK_M, m - m0);
        const float *block = a + m0 * a_row + k0 * a_column;
        if (!contiguous) pack_a(rows, depth, block, a_row, a_column, packed_a);
        kernel *const *kernels = contiguous ? CONTIGUOUS : PACKED;
        const float *left = contiguous ? block : packed_a;
        const ptrdiff_t left_row = contiguous ? a_row : depth, left_column = contiguous ? 1 : TILE_ROWS;
        for (int j = 0; j < columns; j += TILE_COLUMNS) {
          float *panel = packed_b + (size_t)j * depth;
          const int width = least(TILE_COLUMNS, columns - j);
          /* Right before it is used for the first time: it is in the nearest cache then. */
          if (m0 == 0) pack_panel(depth, width, b + k0 * b_row + (n0 + j) * b_column, b_row, b_column, panel);
          if (bias && k0 == 0) finish.bias = bias + n0 + j;
          for (int i = 0; i < rows; i += TILE_ROWS) {
            const int height = least(TILE_ROWS, rows - i);
            const int first_row = sizes->first_row + m0 + i, last_row = first_row + height - 1;
            float *to = c + (m0 + i) * c_row + n0 + j;
            if (shape == RESULT_IS_LOWER && sizes->first_column + n0 + j > last_row) {
              if (!finish.accumulate) clear_tile(height, width, to, c_row);
              continue;
            }
            /* Columns [from, until) of this block of A hold what is not zero. */
            const int from = shape == A_IS_UPPER ? least(depth, most(0, first_row - k0)) : 0;
            const int until = shape == A_IS_LOWER ? most(0, least(depth, last_row + 1 - k0)) : depth;
            kernel *run = kernels[height - 1];
            const float *rows_of_a = left + i * left_row + from * left_column;
            const float *rows_of_b = panel + (size_t)from * TILE_COLUMNS;
            if (width == TILE_COLUMNS) run(until - from, rows_of_a, a_row, rows_of_b, to, c_row, &finish);
            else {
              run(until - from, rows_of_a, a_row, rows_of_b, whole, TILE_COLUMNS, &plain);
              finish_narrow(whole, height, width, to, c_row, &finish);
            }
          }
        }
      }
    }
  }
}
