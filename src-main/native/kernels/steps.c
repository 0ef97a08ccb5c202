/*
 * Runs a plan: units of work one after the other, each cut over the threads of a team. A plan is an array of words,
 * written by plan.ts; memories are addresses by number. Sums are cut by sizes and never by the number of threads, so
 * one thread and several give the same bits.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels.h"
#include "processor.h"

#define EXPORT __attribute__((visibility("default")))

/* Changes whenever plans are read in another way (plan.ts). */
EXPORT int espalier_plan_version(void) { return 1; }

/* SHA-256 of the sources this was built from (build-kernels.ts). */
EXPORT const char *espalier_source(void) { return ESPALIER_SOURCE; }

/* The kind of vectors that a team of at most `lanes` lanes computes with: AVX-512, AVX2, SSE2 or NEON. */
EXPORT const char *espalier_vectors(int lanes) { return kernels_for(lanes)->name; }

/* Zeroed memory of `words` words for the values of a plan, in large pages where the system has them; null: not enough. */
EXPORT void *espalier_reserve(uint64_t words) {
  void *memory = mmap(0, words * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
#if defined(MADV_HUGEPAGE)
  madvise(memory, words * 4, MADV_HUGEPAGE);
#endif
  return memory;
}

EXPORT void espalier_release(void *memory, uint64_t words) { munmap(memory, words * 4); }

EXPORT uint64_t espalier_address(const void *memory) { return (uint64_t)(uintptr_t)memory; }

/* From now on denormal numbers count as zero on the calling thread: masked attention leaves many behind. */
static void flush_denormals(void) {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  __asm__ volatile("msr fpcr, %0" : : "r"(control | (1u << 24)));
#endif
}

enum unit { END, PRODUCT, ROWS, COPY, REDUCE, SCATTER_ADD };

struct team {
  const struct kernels *kernels;
  int threads;
  pthread_t *workers; /* threads − 1 */
  float **scratch;    /* one a thread */
  pthread_mutex_t lock;
  pthread_cond_t begin;
  atomic_int run; /* number of the run that workers are to do */
  int closing;
  atomic_int waiting;
  atomic_int turn;
  const int32_t *plan;
  float *const *memories;
};

static void pause_briefly(int spins) {
  if (spins > 2000) sched_yield();
#if defined(__x86_64__)
  else _mm_pause();
#endif
}

/* All threads wait for each other. */
static void meet(struct team *team) {
  if (team->threads == 1) return;
  const int turn = atomic_load(&team->turn);
  if (atomic_fetch_add(&team->waiting, 1) == team->threads - 1) {
    atomic_store(&team->waiting, 0);
    atomic_store(&team->turn, turn + 1);
  } else
    for (int spins = 0; atomic_load(&team->turn) == turn; spins++) pause_briefly(spins);
}

/* The part of `count` pieces of work that thread `index` does: [first, last). */
static void share(int count, int threads, int index, int *first, int *last) {
  *first = (int)((int64_t)count * index / threads);
  *last = (int)((int64_t)count * (index + 1) / threads);
}

/* As `share`, of rows or columns of a product: cut between tiles. */
static void share_tiles(int count, int tile, int threads, int index, int *first, int *last) {
  share((count + tile - 1) / tile, threads, index, first, last);
  *first = *first * tile;
  *last = *last * tile < count ? *last * tile : count;
}

struct job {
  struct team *team;
  int index;
  float *scratch;
};

static float as_float(int32_t word) {
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/*
 * m n k alpha accumulate batch0 batch1 triangle, A and B: memory offset row column step0 step1, C: memory offset row
 * step0 step1, bias: memory offset
 */
static void run_product(const struct job *job, const int32_t *w, float *const *memories) {
  const struct kernels *kernels = job->team->kernels;
  const int inner = w[6], batches = w[5] * inner;
  const int32_t *a = w + 8, *b = a + 6, *c = b + 6, *bias = c + 5;
  /* Whole products where there are enough of them, else bands across the longer side. */
  const int bands = batches >= job->team->threads ? 1 : job->team->threads, rows_cut = w[0] >= w[1];
  int first, last;
  share(batches * bands, job->team->threads, job->index, &first, &last);
  for (int piece = first; piece < last; piece++) {
    const ptrdiff_t outer_index = piece / bands / inner, inner_index = piece / bands % inner;
    int top = 0, bottom = w[0], left = 0, right = w[1];
    if (rows_cut) share_tiles(w[0], kernels->tile_rows, bands, piece % bands, &top, &bottom);
    else share_tiles(w[1], kernels->tile_columns, bands, piece % bands, &left, &right);
    if (top >= bottom || left >= right) continue;
    const struct product_sizes sizes = {.m = bottom - top,
                                        .n = right - left,
                                        .k = w[2],
                                        .alpha = as_float(w[3]),
                                        .accumulate = w[4],
                                        .triangle = w[7],
                                        .first_row = top,
                                        .first_column = left};
    kernels->product(
        &sizes, memories[a[0]] + a[1] + outer_index * a[4] + inner_index * a[5] + (ptrdiff_t)top * a[2], a[2], a[3],
        memories[b[0]] + b[1] + outer_index * b[4] + inner_index * b[5] + (ptrdiff_t)left * b[3], b[2], b[3],
        memories[c[0]] + c[1] + outer_index * c[3] + inner_index * c[4] + (ptrdiff_t)top * c[2] + left, c[2],
        bias[0] < 0 ? 0 : memories[bias[0]] + bias[1] + left, job->scratch);
  }
}

/* rows columns block chunk count partial-memory partial-offset partial-floats sums, each sum: memory offset partial-offset floats; instructions */
static void run_row_program(const struct job *job, const int32_t *w, float *const *memories) {
  const int rows = w[0], columns = w[1], block = w[2], chunk = w[3], count = w[4], floats = w[7], sums = w[8];
  const int chunks = (rows + chunk - 1) / chunk;
  const int32_t *entries = w + 9, *instructions = entries + 4 * sums;
  float *partials = floats ? memories[w[5]] + w[6] : 0;
  int first, last;
  share(chunks, job->team->threads, job->index, &first, &last);
  for (int i = first; i < last; i++) {
    float *partial = floats ? partials + (ptrdiff_t)i * floats : 0;
    if (floats) memset(partial, 0, floats * sizeof(float));
    const int end = (i + 1) * chunk < rows ? (i + 1) * chunk : rows;
    job->team->kernels->run_rows(instructions, count, columns, i * chunk, end, block, memories,
                                 job->scratch + job->team->kernels->product_scratch, partial);
  }
  if (!floats) return;
  meet(job->team);
  if (job->index > 0) return;
  for (int s = 0; s < sums; s++) {
    const int32_t *entry = entries + 4 * s;
    float *out = memories[entry[0]] + entry[1];
    const float *from = partials + entry[2];
    memcpy(out, from, entry[3] * sizeof(float));
    for (int i = 1; i < chunks; i++)
      for (int j = 0; j < entry[3]; j++) out[j] += from[(ptrdiff_t)i * floats + j];
  }
}

enum { DIMENSIONS = 6 };

/* target: memory offset floats, source: memory offset, sizes, source strides, target strides */
static void run_copy(const struct job *job, const int32_t *w, float *const *memories, int adds) {
  const int32_t *size = w + 5, *from_step = size + DIMENSIONS, *to_step = from_step + DIMENSIONS;
  float *target = memories[w[0]] + w[1];
  const float *source = memories[w[3]] + w[4];
  if (adds) {
    if (job->index > 0) return;
    memset(target, 0, w[2] * sizeof(float));
  }
  int outer = 1;
  for (int d = 0; d < DIMENSIONS - 1; d++) outer *= size[d];
  int first, last;
  if (adds) first = 0, last = outer;
  else share(outer, job->team->threads, job->index, &first, &last);
  const int length = size[DIMENSIONS - 1];
  const ptrdiff_t from_inner = from_step[DIMENSIONS - 1], to_inner = to_step[DIMENSIONS - 1];
  for (int index = first; index < last; index++) {
    ptrdiff_t from = 0, to = 0;
    for (int d = DIMENSIONS - 2, rest = index; d >= 0; rest /= size[d--]) {
      from += (ptrdiff_t)(rest % size[d]) * from_step[d];
      to += (ptrdiff_t)(rest % size[d]) * to_step[d];
    }
    if (adds && to_inner == 0) { /* a long sum in single precision loses digits */
      double sum = 0;
      for (int i = 0; i < length; i++) sum += source[from + i * from_inner];
      target[to] += sum;
    } else if (adds)
      for (int i = 0; i < length; i++) target[to + i * to_inner] += source[from + i * from_inner];
    else if (from_inner == 1 && to_inner == 1)
      memcpy(target + to, source + from, length * sizeof(float));
    else
      for (int i = 0; i < length; i++) /* words, not floats: ids pass unchanged */
        ((int32_t *)target)[to + i * to_inner] = ((const int32_t *)source)[from + i * from_inner];
  }
}

/* target: memory offset floats, ids: memory offset count, rows: memory offset, columns */
static void run_scatter_add(const struct job *job, const int32_t *w, float *const *memories) {
  if (job->index > 0) return;
  const int columns = w[8];
  float *target = memories[w[0]] + w[1];
  const int32_t *ids = (const int32_t *)(memories[w[3]] + w[4]);
  const float *row = memories[w[6]] + w[7];
  memset(target, 0, w[2] * sizeof(float));
  for (int i = 0; i < w[5]; i++, row += columns) {
    float *sum = target + (ptrdiff_t)ids[i] * columns;
    for (int j = 0; j < columns; j++) sum[j] += row[j];
  }
}

static void run_plan(const struct job *job) {
  float *const *memories = job->team->memories;
  for (const int32_t *unit = job->team->plan; unit[0] != END; unit += unit[1]) {
    const int32_t *words = unit + 2;
    switch (unit[0]) {
      case PRODUCT: run_product(job, words, memories); break;
      case ROWS: run_row_program(job, words, memories); break;
      case COPY: run_copy(job, words, memories, 0); break;
      case REDUCE: run_copy(job, words, memories, 1); break;
      case SCATTER_ADD: run_scatter_add(job, words, memories); break;
    }
    meet(job->team);
  }
}

static void *work(void *argument) {
  struct job *job = argument;
  struct team *team = job->team;
  flush_denormals();
  for (int done = 0;;) {
    pthread_mutex_lock(&team->lock);
    while (!team->closing && atomic_load(&team->run) == done) pthread_cond_wait(&team->begin, &team->lock);
    done = atomic_load(&team->run);
    pthread_mutex_unlock(&team->lock);
    if (team->closing) break;
    run_plan(job);
  }
  free(job);
  return 0;
}

EXPORT void espalier_close(struct team *team);

/*
 * A team of threads, the caller being the first, that computes with vectors of at most `lanes` numbers; each thread has
 * `registers` words for row programs. Null where there is not enough memory or no thread can be started.
 */
EXPORT struct team *espalier_open(int threads, int registers, int lanes) {
  struct team *team = calloc(1, sizeof *team);
  if (!team) return 0;
  team->scratch = calloc(threads, sizeof *team->scratch);
  team->workers = calloc(threads, sizeof *team->workers);
  team->threads = 1;
  team->kernels = kernels_for(lanes);
  pthread_mutex_init(&team->lock, 0);
  pthread_cond_init(&team->begin, 0);
  const size_t bytes = ((team->kernels->product_scratch + registers) * sizeof(float) + 63) / 64 * 64;
  for (int i = 0; team->scratch && team->workers && i < threads; i++) {
    if (!(team->scratch[i] = aligned_alloc(64, bytes))) break;
    if (i == 0) continue;
    struct job *job = malloc(sizeof *job);
    if (!job) break;
    *job = (struct job){.team = team, .index = i, .scratch = team->scratch[i]};
    if (pthread_create(&team->workers[i - 1], 0, work, job) != 0) {
      free(job);
      break;
    }
    team->threads = i + 1;
  }
  if (team->threads == threads && team->scratch && team->scratch[0]) return team;
  espalier_close(team);
  return 0;
}

/* Runs a plan on memories by number. Denormals count as zero on the calling thread from then on. */
EXPORT void espalier_run(struct team *team, const int32_t *plan, float *const *memories) {
  flush_denormals();
  const struct job job = {.team = team, .index = 0, .scratch = team->scratch[0]};
  team->plan = plan;
  team->memories = memories;
  if (team->threads > 1) {
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->run, 1);
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->lock);
  }
  run_plan(&job);
}

EXPORT void espalier_close(struct team *team) {
  pthread_mutex_lock(&team->lock);
  team->closing = 1;
  pthread_cond_broadcast(&team->begin);
  pthread_mutex_unlock(&team->lock);
  for (int i = 1; i < team->threads; i++) pthread_join(team->workers[i - 1], 0);
  for (int i = 0; team->scratch && i < team->threads; i++) free(team->scratch[i]);
  free(team->scratch);
  free(team->workers);
  pthread_mutex_destroy(&team->lock);
  pthread_cond_destroy(&team->begin);
  free(team);
}
