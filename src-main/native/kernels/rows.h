#include <string.h>

#include "kernels.h"
#include "vectors.h"

/* A row operand during one block. */
struct operand {
  const int32_t *words;
  float *start; /* of the block, where rows lie one after the other or are all the same */
  ptrdiff_t step; /* from row to row */
  int regular; /* whether start and step say it all */
};

static float as_float(int32_t word) {
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

static float *row_of(const int32_t *w, float *base, int row) {
  int line = w[2] == 1 ? row : row / w[2];
  if (line >= w[3]) line %= w[3];
  return base + w[1] + (ptrdiff_t)line * w[4];
}

static struct operand operand_at(const int32_t *w, float *const *memories, float *registers, int row, int rows) {
  struct operand o = {.words = w, .step = w[4], .regular = 1};
  if (w[0] < 0) o.start = registers + w[1];
  else {
    o.start = row_of(w, memories[w[0]], row);
    if (w[3] == 1) o.step = 0;
    else if (w[2] != 1 || row % w[3] + rows > w[3]) o.regular = 0;
  }
  return o;
}

static float *operand_row(const struct operand *o, float *const *memories, int first, int index) {
  if (o->regular) return o->start + index * o->step;
  return row_of(o->words, memories[o->words[0]], first + index);
}

static vec load_part(const float *p, int n) {
  float lanes[LANES] = {0};
  memcpy(lanes, p, n * sizeof(float));
  return load(lanes);
}

static void store_part(float *p, vec v, int n) {
  float lanes[LANES];
  store(lanes, v);
  memcpy(p, lanes, n * sizeof(float));
}

/* d[i] = f(x, y), where a and b are rows (step 1) or one number (step 0). */
#define EACH(EXPRESSION)                                                                    \
  {                                                                                         \
    int i = 0;                                                                              \
    for (; i + LANES <= n; i += LANES) {                                                    \
      const vec x = a_step ? load(a + i) : one_a, y = b_step ? load(b + i) : one_b;         \
      (void)y;                                                                              \
      store(d + i, EXPRESSION);                                                             \
    }                                                                                       \
    if (i < n) {                                                                            \
      const vec x = a_step ? load_part(a + i, n - i) : one_a;                               \
      const vec y = b_step ? load_part(b + i, n - i) : one_b;                               \
      (void)y;                                                                              \
      store_part(d + i, EXPRESSION, n - i);                                                 \
    }                                                                                       \
    return;                                                                                 \
  }

static void each(int operation, int n, float *d, const float *a, int a_step, const float *b, int b_step) {
  const vec one_a = splat(a[0]), one_b = splat(b[0]);
  switch (operation) {
    case COPY_ROW: EACH(x)
    case NEGATE: EACH(-x)
    case EXP: EACH(exp_of(x))
    case LOG: EACH(log_of(x))
    case SQRT: EACH(sqrt_of(x))
    case SQUARE: EACH(x * x)
    case ERF: EACH(erf_of(x))
    case TANH: EACH(tanh_of(x))
    case SIGMOID: EACH(sigmoid_of(x))
    case RELU: EACH(above(splat(0), x)) /* NaN passes */
    case POSITIVE: EACH(choose(x > splat(0), splat(1), splat(0)))
    case ADD: EACH(x + y)
    case SUBTRACT: EACH(x - y)
    case MULTIPLY: EACH(x * y)
    case DIVIDE: EACH(x / y)
    case MINIMUM: EACH(smaller(x, y))
    case MAXIMUM: EACH(larger(x, y))
  }
}

/* Four sums side by side, whose order depends on n alone; `TERM` is a term of x (and y). */
#define SUM(TERM)                                                                 \
  vec sums[4] = {splat(0), splat(0), splat(0), splat(0)};                         \
  int i = 0;                                                                      \
  for (; i + 4 * LANES <= n; i += 4 * LANES)                                      \
    for (int s = 0; s < 4; s++) {                                                 \
      const vec x = load(a + i + s * LANES), y = load(b + i + s * LANES);         \
      (void)y;                                                                    \
      sums[s] += TERM;                                                            \
    }                                                                             \
  for (; i + LANES <= n; i += LANES) {                                            \
    const vec x = load(a + i), y = load(b + i);                                   \
    (void)y;                                                                      \
    sums[0] += TERM;                                                              \
  }                                                                               \
  float total = sum_of((sums[0] + sums[1]) + (sums[2] + sums[3]));                \
  for (; i < n; i++) {                                                            \
    const float x = a[i], y = b[i];                                               \
    (void)y;                                                                      \
    total += TERM;                                                                \
  }

static float row_sum(int n, const float *a) {
  const float *b = a;
  SUM(x)
  return total;
}

static float row_dot(int n, const float *a, const float *b) {
  SUM(x * y)
  return total;
}

static float row_variance(int n, const float *a, float mean) {
  const float *b = a;
  SUM((x - mean) * (x - mean))
  return total / n;
}

static float row_largest(int n, const float *a) {
  vec top = splat(-__builtin_inff());
  int i = 0;
  for (; i + LANES <= n; i += LANES) top = larger(load(a + i), top);
  float result = largest_of(top);
  for (; i < n; i++) result = a[i] > result || a[i] != a[i] ? a[i] : result;
  return result;
}

static void add_row(int n, float *d, const float *a) {
  int i = 0;
  for (; i + LANES <= n; i += LANES) store(d + i, load(d + i) + load(a + i));
  for (; i < n; i++) d[i] += a[i];
}

/* One number for each row from a whole row. */
static float reduced(int operation, int n, const float *a, const float *b, float constant) {
  switch (operation) {
    case ROW_SUM: return row_sum(n, a);
    case ROW_LARGEST: return row_largest(n, a);
    case ROW_DOT: return row_dot(n, a, b) * constant;
    case ROW_MEAN: return row_sum(n, a) / n;
    case ROW_INVERSE_DEVIATION: return 1.0f / __builtin_sqrtf(row_variance(n, a, b[0]) + constant);
    default: return a[*(const int32_t *)b]; /* PICK */
  }
}

/* Numbers of an operand that is one a row, one after the other. */
static const float *numbers(const struct operand *o, float *const *memories, int first, int rows, float *beside,
                            int *step) {
  if (o->regular && (o->step == 1 || o->step == 0 || rows == 1)) {
    *step = o->step != 0 && rows > 1;
    return o->start;
  }
  *step = 1;
  for (int r = 0; r < rows; r++) beside[r] = *operand_row(o, memories, first, r);
  return beside;
}

static void run_instruction(const int32_t *code, int columns, int first, int rows, float *const *memories,
                            float *registers, float *partial, float *beside) {
  const int operation = code[0], form = code[1];
  const float constant = as_float(code[2]);
  const int32_t *words = code + 3;
  struct operand a = operand_at(words + OPERAND_WORDS, memories, registers, first, rows);
  struct operand b = operand_at(words + 2 * OPERAND_WORDS, memories, registers, first, rows);
  if (operation == COLUMN_SUM) {
    for (int r = 0; r < rows; r++)
      add_row(columns, row_of(words, partial, first + r), operand_row(&a, memories, first, r));
    return;
  }
  struct operand d = operand_at(words, memories, registers, first, rows);
  if (operation == GATHER || operation == ONE_HOT) {
    for (int r = 0; r < rows; r++) {
      const int32_t id = *(const int32_t *)operand_row(&b, memories, first, r);
      float *row = operand_row(&d, memories, first, r);
      if (operation == GATHER) memcpy(row, a.start + (ptrdiff_t)id * columns, columns * sizeof(float));
      else {
        memset(row, 0, columns * sizeof(float));
        row[id] = 1;
      }
    }
    return;
  }
  if (operation >= ROW_SUM) {
    for (int r = 0; r < rows; r++)
      *operand_row(&d, memories, first, r) = reduced(operation, columns, operand_row(&a, memories, first, r),
                                                     operand_row(&b, memories, first, r), constant);
    return;
  }
  if (form & RESULT_IS_NUMBER) {
    int a_step, b_step;
    const float *from_a = numbers(&a, memories, first, rows, beside, &a_step);
    const float *from_b = numbers(&b, memories, first, rows, beside + rows, &b_step);
    each(operation, rows, d.start, from_a, a_step, from_b, b_step);
    return;
  }
  const int a_step = !(form & A_IS_NUMBER), b_step = !(form & B_IS_NUMBER);
  /* Rows one after the other everywhere, and numbers that are the same for all: one long row. */
#define LONG(o, o_step) ((o).regular && (o).step == ((o_step) ? columns : 0))
  if (LONG(d, 1) && LONG(a, a_step) && LONG(b, b_step)) {
    each(operation, rows * columns, d.start, a.start, a_step, b.start, b_step);
    return;
  }
  for (int r = 0; r < rows; r++)
    each(operation, columns, operand_row(&d, memories, first, r), operand_row(&a, memories, first, r), a_step,
         operand_row(&b, memories, first, r), b_step);
}

static void run_rows(const int32_t *instructions, int count, int columns, int first, int last, int block,
              float *const *memories, float *registers, float *partial) {
  float beside[2 * block]; /* blocks are at most LARGEST_BLOCK rows (plan.ts) */
  for (int row = first; row < last; row += block) {
    const int rows = last - row < block ? last - row : block;
    for (int i = 0; i < count; i++)
      run_instruction(instructions + i * INSTRUCTION_WORDS, columns, row, rows, memories, registers, partial, beside);
  }
}
